"""What the bench compares with: stock settings that reach the same stack."""

from __future__ import annotations

from pathlib import Path

from include.paths import PROJECT_ROOT
from infra.bench import bench_jobs
from infra.services import spark


def test_stock_settings_have_what_reaches_master_and_tables_and_no_choice_of_ours(tmp_path: Path) -> None:
    ours = tmp_path / "spark.properties"
    said = [*spark.AUTHENTICATION.items(), ("spark.authenticate.secret", "a-secret")]
    defaults = (PROJECT_ROOT / "infra/spark/spark-defaults.conf").read_text(encoding="utf-8")
    ours.write_text(defaults + "\n".join(f"{name} {value}" for name, value in said), encoding="utf-8")

    stock = bench_jobs._stock(ours).read_text(encoding="utf-8")

    for name, value in said:
        assert f"{name} {value}\n" in stock
    assert "spark.sql.defaultCatalog" in stock
    assert not [name for name in ("spark.sql.shuffle.partitions", "spark.driver.memory", "JavaOptions") if name in stock]
