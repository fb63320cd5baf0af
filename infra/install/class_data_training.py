"""Run once by spark-submit to load the classes of a typical job: an Iceberg MERGE, a text read, Arrow, REST and S3 clients."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

SCRATCH = sys.argv[1]


def _same(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    yield from batches


def _use_tables(spark: SparkSession) -> None:
    columns = "plant_id STRING, ts_utc TIMESTAMP, value DOUBLE, flags ARRAY<STRING>"
    spark.sql(f"CREATE TABLE local.db.t ({columns}) USING iceberg PARTITIONED BY (days(ts_utc))")
    spark.sql("ALTER TABLE local.db.t WRITE ORDERED BY plant_id, ts_utc")
    rows = spark.range(500).select(
        F.concat(F.lit("P"), F.col("id") % 8).alias("plant_id"),
        F.timestamp_seconds(F.lit(1735650000) + F.col("id") * 3600).alias("ts_utc"),
        F.col("id").cast("double").alias("value"),
        F.array(F.lit("a"), F.lit("b")).alias("flags"),
    )
    for _ in range(2):
        rows.mapInArrow(_same, columns).createOrReplaceTempView("s")
        spark.sql(
            "MERGE INTO local.db.t USING (SELECT *, row_number() OVER (PARTITION BY plant_id ORDER BY ts_utc) n FROM s) s "
            "ON t.plant_id = s.plant_id AND t.ts_utc = s.ts_utc "
            "WHEN MATCHED AND t.value <> s.value THEN UPDATE SET value = s.value "
            "WHEN NOT MATCHED THEN INSERT (plant_id, ts_utc, value, flags) VALUES (s.plant_id, s.ts_utc, s.value, s.flags)"
        )
    frame = spark.createDataFrame(pa.table({"plant_id": ["P0"], "x": [1.0]}))
    spark.table("local.db.t").join(frame, "plant_id", "left").groupBy("plant_id").agg(
        F.max("value"), F.collect_set("flags")
    ).collect()


def _read_text(spark: SparkSession) -> None:
    Path(SCRATCH, "one.json").write_text('{"a": [1, 2]}', encoding="utf-8")
    text = spark.read.text(SCRATCH + "/*.json", wholetext=True).select("value", F.input_file_name())
    text.select(F.from_json("value", "a ARRAY<INT>").alias("j"), F.sha2("value", 256)).select(F.explode("j.a")).collect()


def _load_clients(spark: SparkSession) -> None:
    """Nothing listens on these addresses: the attempts fail, the client classes are loaded all the same."""
    for statement in ("SHOW NAMESPACES IN remote", "CREATE TABLE s3.db.t (a INT) USING iceberg"):
        try:
            spark.sql(statement).collect()
        except Exception as error:
            print(f"expected: {type(error).__name__}")
    try:
        spark.read.text("s3a://none/x").collect()
    except Exception as error:
        print(f"expected: {type(error).__name__}")


def main() -> None:
    """Run the training job."""
    dead = "http://127.0.0.1:9"
    session = (
        SparkSession.builder.appName("class-data-training")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.pyspark.python", sys.executable)
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config("spark.sql.catalog.local", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.local.type", "hadoop")
        .config("spark.sql.catalog.local.warehouse", f"{SCRATCH}/warehouse")
        .config("spark.hadoop.fs.s3a.endpoint", dead)
        .config("spark.hadoop.fs.s3a.attempts.maximum", "0")
        .config("spark.hadoop.fs.s3a.retry.limit", "0")
        .config("spark.hadoop.fs.s3a.path.style.access", "true")
        .config("spark.hadoop.fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider")
    )
    for name, kind, warehouse in (("remote", "rest", "any"), ("s3", "hadoop", "s3://none/warehouse")):
        prefix = f"spark.sql.catalog.{name}"
        session = session.config(prefix, "org.apache.iceberg.spark.SparkCatalog").config(f"{prefix}.type", kind)
        session = session.config(f"{prefix}.io-impl", "org.apache.iceberg.aws.s3.S3FileIO").config(f"{prefix}.s3.endpoint", dead)
        session = session.config(f"{prefix}.uri", dead).config(f"{prefix}.warehouse", warehouse)
        session = session.config(f"{prefix}.client.region", "us-east-1").config(f"{prefix}.s3.retry.num-retries", "0")
    spark = session.getOrCreate()
    _use_tables(spark)
    _read_text(spark)
    _load_clients(spark)
    spark.stop()


if __name__ == "__main__":
    main()
