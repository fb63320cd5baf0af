"""From Open-Meteo's labels to hours: what `fact_weather_hourly` and `fact_air_quality_hourly` have in common.

A label is an instant. Some values are of the hour that ENDS at it, others hold AT it; Silver's hour is named by its start.
"""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

Limits = Mapping[str, tuple[float, float]]
"""Bronze column -> lowest and highest value that can be."""


def newest_labels(versions: DataFrame, limits: Limits, datasets: Sequence[str], together: Sequence[str] = ()) -> DataFrame:
    """Return one row per location and label: the newest version of each dataset, joined value by value.

    `limits` names the values. `datasets` in the order of trust: a null of the first is filled from the next. The values of
    `together` all come from one dataset, the first that has the first of them: one model's diffuse and another's global
    irradiance are no pair. `ranks` holds for each value the place of the dataset it came from (null without a value). A value
    outside its limits is null, and in `refused` with its dataset's landing object and time: it is not filled from elsewhere, as
    it says something is wrong.
    """
    values = list(limits)
    # Hashed by location alone: the step to hours below needs a location's labels together, and this serves both.
    placed = versions.where(F.col("dataset").isin(*datasets)).repartition("location_id")
    newest = placed.groupBy("location_id", "ts_utc").agg(
        F.array_compact(F.array(*[_newest(place, name, values) for place, name in enumerate(datasets)])).alias("answers"),
        F.min("_ingest_time").alias("first_ingest_time"),
        F.max("_ingest_time").alias("last_ingest_time"),
        F.collect_set("_ingest_time").alias("ingest_times"),
    )
    # By arrays, as each value as an expression of its own makes a plan that takes longer to analyse than its rows to read.
    paired = [values.index(value) for value in together]
    labels = newest.withColumn("paired_place", _place_of_pair("answers", paired) if paired else F.lit(None))
    labels = labels.withColumn("used", _used("answers", len(values), paired))
    chosen = {value: F.col("used")[number] for number, value in enumerate(values)}
    said = {value: chosen[value]["values"][number] for number, value in enumerate(values)}
    is_refused = {value: _is_outside(said[value], *limits[value]) for value in values}
    refused = [F.when(is_refused[value], _refusal(value, said[value], chosen[value])) for value in values]
    return labels.select(
        "location_id",
        "ts_utc",
        *[F.when(~is_refused[value], said[value]).alias(value) for value in values],
        F.struct(*[F.when(~is_refused[value], chosen[value]["place"]).alias(value) for value in values]).alias("ranks"),
        F.array_compact(F.array(*refused)).alias("refused"),
        "first_ingest_time",
        "last_ingest_time",
        "ingest_times",
    )


def refused_values(labels: DataFrame, plants: DataFrame, source_table: str, limits: Limits, has_moved: bool = False) -> DataFrame:
    """Return the rows of `silver.rejected_rows`, without `_updated_at`, of labels that `newest_labels` made.

    `plants`: of `Registry.plant_table`. Each plant at a location has its row; the plant stands in for the unit. Of a label that a
    plant has of more than one place, the newest place counts.
    """
    bounds = F.create_map(*[F.lit(part) for value, (low, high) in limits.items() for part in (value, f"{low:g} to {high:g}")])
    placed = labels.select("location_id", "ts_utc", "refused").join(F.broadcast(plants), "location_id")
    if has_moved:
        placed = _first(placed, "place")
    each = placed.where(F.size("refused") > 0).withColumn("refusal", F.explode("refused"))
    return each.select(
        F.lit(source_table).alias("source_table"),
        "network_id",
        F.col("plant_id").alias("unit_code"),
        (F.col("ts_utc") - F.expr("INTERVAL 1 HOUR")).alias("ts_utc"),
        "plant_id",
        "refusal.metric",
        "refusal.value",
        F.lit("outside_physical_limits").alias("reason"),
        F.concat(F.lit("limits "), bounds[F.col("refusal.metric")]).alias("detail"),
        "refusal.landing_object",
        "refusal.ingest_time",
    )


def hours_of(labels: DataFrame) -> DataFrame:
    """Return one row per location and hour that has a label at its end: the columns `end` and `start` hold both labels.

    `start` is null where the label an hour before is missing.
    """
    label = F.struct(*[name for name in labels.columns if name != "location_id"])
    before = F.lag(label).over(Window.partitionBy("location_id").orderBy("ts_utc"))
    hour = F.col("ts_utc") - F.expr("INTERVAL 1 HOUR")
    return labels.select("location_id", label.alias("end"), before.alias("before"), hour.alias("hour")).select(
        "location_id",
        F.col("hour").alias("ts_utc"),
        F.when(F.col("before.ts_utc") == F.col("hour"), F.col("before")).alias("start"),
        "end",
    )


def placed_hours(labels: DataFrame, plants: DataFrame, first_value: str, has_moved: bool) -> DataFrame:
    """Return one row per plant and hour: the columns of `hours_of` and of `plants` (of `Registry.plant_table`).

    A plant that was moved (`has_moved`: there may be some) has the hour of its newest place that has it whole, with both labels
    and the first value said of the last one; else of the newest that has any of it.
    """
    is_refused = F.exists("refused", lambda refusal: refusal["metric"] == first_value)
    hours = hours_of(labels.withColumn("is_said", F.col(first_value).isNotNull() | is_refused).drop("refused"))
    placed = hours.join(F.broadcast(plants.drop("network_id")), "location_id")
    if not has_moved:
        return placed
    is_in_part = F.col("start").isNull() | ~F.col("end.is_said")
    return _first(placed, is_in_part, "place")


def mean(value: str) -> Column:
    """Return the mean of a value at both ends of the hour; null if either is."""
    return (F.col("start")[value] + F.col("end")[value]) / 2


def mean_direction(value: str) -> Column:
    """Return the direction (degrees, 0 to below 360) half-way between both ends the short way round.

    It is the direction of the sum of two unit vectors; null if either is null or if they are opposite.
    """
    first, last = F.col("start")[value], F.col("end")[value]
    turn = F.pmod(last - first + 180.0, F.lit(360.0)) - 180.0
    return F.when(turn != -180.0, F.pmod(first + turn / 2, F.lit(360.0)))


def history() -> list[Column]:
    """Return first_ingest_time (of the label at the hour's end), last_ingest_time and revision of an hour."""
    first = F.col("end.first_ingest_time")
    no_times = F.array().cast("array<timestamp>")
    times = F.array_union("end.ingest_times", F.coalesce("start.ingest_times", no_times))
    return [
        first.alias("first_ingest_time"),
        F.greatest("end.last_ingest_time", "start.last_ingest_time").alias("last_ingest_time"),
        F.size(F.filter(times, lambda at: at > first)).alias("revision"),
    ]


def _first(placed: DataFrame, *order: Column | str) -> DataFrame:
    """Return the first row of each plant and hour."""
    number = F.row_number().over(Window.partitionBy("plant_id", "ts_utc").orderBy(*order))
    return placed.withColumn("number", number).where("number = 1").drop("number")


def _newest(place: int, dataset: str, values: Sequence[str]) -> Column:
    """Return, as an aggregate, the newest version of a dataset; null where there is none."""
    is_mine = F.col("dataset") == dataset
    version = F.struct(F.lit(place).alias("place"), F.array(*values).alias("values"), "_source", "_ingest_time")
    return F.max_by(F.when(is_mine, version), F.when(is_mine, F.col("_ingest_time")))


def _used(answers: str, count: int, paired: Sequence[int]) -> Column:
    """Return for each of `count` values, by its number, the first answer that has it; of the paired ones that of the pair."""

    def first_with(number: Column) -> Column:
        def has_it(answer: Column) -> Column:
            is_of_pair = (answer["place"] == F.col("paired_place")) | ~number.isin(*paired)
            has = answer["values"][number].isNotNull()
            return has & is_of_pair if paired else has

        return F.get(F.filter(answers, has_it), F.lit(0))

    return F.transform(F.array(*[F.lit(number) for number in range(count)]), first_with)


def _place_of_pair(answers: str, numbers: Sequence[int]) -> Column:
    """Return the place of the first answer that has the first of some values, else of the first that has any."""
    has_first = F.filter(answers, lambda answer: answer["values"][numbers[0]].isNotNull())
    has_any = F.filter(answers, lambda answer: F.coalesce(*[answer["values"][number] for number in numbers]).isNotNull())
    return F.coalesce(*[F.get(found, F.lit(0))["place"] for found in (has_first, has_any)])


def _is_outside(value: Column, low: float, high: float) -> Column:
    """Whether a value is known and cannot be; NaN is above every number."""
    return F.coalesce((value < low) | (value > high), F.lit(False))


def _refusal(name: str, value: Column, answer: Column) -> Column:
    """Return the value and where it came from."""
    return F.struct(
        F.lit(name).alias("metric"),
        value.alias("value"),
        answer["_source"].alias("landing_object"),
        answer["_ingest_time"].alias("ingest_time"),
    )
