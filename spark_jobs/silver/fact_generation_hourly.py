"""`silver.fact_generation_hourly` and `silver.rejected_rows`: units' newest values judged, and summed to their plant.

Sums go over the units in the order of their codes: floating-point sums in another order differ in the last digit, and a
table that differs is written again.
"""

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.sources.openelectricity.time_series import MARKET_VALUE
from spark_jobs.silver import answers, rules, withdrawals
from spark_jobs.silver.capacity_shares import LIMIT_WITHOUT_CAPACITY_MWH, REJECT_ABOVE_CAPACITY

SOURCE_TABLE = "bronze.oe_generation_hourly_raw"
UNIT = ("plant_key", "network_id", "unit_code")
"""Identifies a unit; `plant_key` (its plant, else its own code) comes first so that one shuffle serves every step."""

_METRICS = {"energy": "MWh", "power": "MW"}
"""What an hour of a unit is judged by. Market values are looked up for what these make, and make no row themselves."""


def unit_hours(versions: DataFrame, units: DataFrame, verdicts: DataFrame) -> DataFrame:
    """Return one row per unit and hour: each metric's newest value that was said, why it is refused, and what is doubtful.

    `versions`: rows of `bronze.oe_generation_hourly_raw`. `units`: what `Registry.unit_table` returns. `verdicts`: what is
    known by more than the hour, in the columns of `judgement.VERDICTS`.
    """
    known = versions.join(F.broadcast(units), ["network_id", "unit_code"], "left")
    known = known.withColumns({"said_as": F.col("unit_code"), "unit_code": F.coalesce("counts_as", "unit_code")}).drop(
        "counts_as"
    )
    keyed = known.withColumn("plant_key", F.coalesce("plant_id", F.concat(F.lit("\u0000"), "unit_code"))).repartition("plant_key")
    newest = (
        keyed.groupBy(*UNIT, "ts_utc")
        .agg(
            *[F.first(name).alias(name) for name in units.columns if name not in (*UNIT, "counts_as")],
            *[withdrawals.newest_value(metric).alias(metric) for metric in (*_METRICS, MARKET_VALUE)],
            *_history(),
        )
        .where(F.col("first_answer").isNotNull())
        .withColumns({"unit_capacity_mw": _capacity_mw(), "is_in_service": F.exists("unit_spans", _is_in_span)})
    )
    with_runs = newest.join(F.broadcast(verdicts), ["network_id", "unit_code", "ts_utc"], "left")
    judged = with_runs.select("*", *[_reason(metric).alias(f"{metric}_reason") for metric in _METRICS])
    accepted = judged.select("*", *[_accepted(metric).alias(f"{metric}_accepted") for metric in _METRICS])
    return accepted.withColumns({"accepted_share": _accepted_share(), "flags": _flags()})


def fact_generation_hourly(hours: DataFrame) -> DataFrame:
    """Return the rows of the table, without `_updated_at`, from `unit_hours`.

    A unit out of commission in an hour is not expected and not counted as accepted. Should it all the same have made
    something, that is in the sums (and its capacity in `accepted_capacity_mw`): the energy is real, the registry's span is
    not. An hour that is impossible makes no row.
    """
    is_accepted = F.col("energy_accepted").isNotNull()
    said = F.struct("unit_code", F.col("energy")["value"].alias("energy_mwh"))
    is_finite = F.col("energy")["value"].isNotNull() & ~rules.is_not_a_number(F.col("energy")["value"])
    weighed = F.col("unit_capacity_mw") * F.col("accepted_share")
    share = F.struct("unit_code", F.col("accepted_share").alias("share"), weighed.alias("weighed_share"))
    is_in_service = F.col("is_in_service")
    counts = is_accepted & (is_in_service | (F.col("energy_accepted") != 0))
    plants = (
        hours.where(F.col("plant_id").isNotNull() & ~F.coalesce(_reason_is("impossible_time"), F.lit(False)))
        .groupBy("plant_key", "plant_id", "ts_utc")
        .agg(
            F.array_sort(F.collect_list(F.when(counts, _unit_values()))).alias("counted"),
            F.array_sort(F.collect_list(F.when(is_finite, said))).alias("said"),
            F.array_sort(F.collect_list(F.when(is_accepted & is_in_service, share))).alias("shares"),
            F.first("plant_units").alias("plant_units"),
            F.count_if(is_accepted & is_in_service).alias("units_accepted"),
            F.count_if(F.col("energy_reason").isNotNull()).alias("units_rejected"),
            F.flatten(F.collect_list(F.when(counts, F.col("flags")))).alias("flags"),
            F.flatten(F.collect_list("ingest_times")).alias("ingest_times"),
            F.min("first_value").alias("first_value"),
            F.min("first_answer").alias("first_answer"),
            F.max("last_ingest_time").alias("last_ingest_time"),
            F.collect_list(F.when(is_in_service, F.col("first_value"))).alias("first_values"),
            F.flatten(F.collect_list(answers.revision_times("energy_versions"))).alias("revision_times"),
        )
    )
    expected = F.filter("plant_units", _is_in_span)
    with_power = F.filter("counted", lambda unit: unit["power_mw"].isNotNull())
    partial = F.when(F.col("units_accepted") < F.col("units_expected"), F.array(F.lit("partial_hour")))
    flags = F.array_sort(F.array_distinct(F.concat("flags", F.coalesce(partial, F.array().cast("array<string>")))))
    first = F.coalesce("first_value", "first_answer")
    figures = {"expected": expected, "first": first, "units_expected": F.size(expected)}
    complete = answers.first_complete("first_values", "expected")
    return (
        plants.withColumns(figures)
        .withColumn("complete", complete)
        .select(
            "plant_id",
            "ts_utc",
            _sum("counted", lambda unit: unit["energy_mwh"]).alias("energy_mwh"),
            _sum(with_power, lambda unit: unit["power_mw"]).alias("power_mw"),
            _sum("expected", lambda unit: unit["capacity_mw"]).alias("capacity_mw"),
            _sum("counted", lambda unit: unit["capacity_mw"]).alias("accepted_capacity_mw"),
            "units_expected",
            F.col("units_accepted").cast("int"),
            F.col("units_rejected").cast("int"),
            flags.alias("quality_flags"),
            _plant_share().alias("accepted_share"),
            _sum("said", lambda unit: unit["energy_mwh"]).alias("energy_raw_mwh"),
            _market_value_aud().alias("market_value_aud"),
            _revision().alias("revision"),
            F.col("first.at").alias("first_ingest_time"),
            F.col("first.run_type").alias("first_run_type"),
            F.size(F.array_distinct("revision_times")).alias("material_revision"),
            F.col("complete.at").alias("complete_ingest_time"),
            F.col("complete.run_type").alias("complete_run_type"),
            "last_ingest_time",
        )
    )


def rejected_rows(hours: DataFrame) -> DataFrame:
    """Return the rows of `silver.rejected_rows`, without `_updated_at`, from `unit_hours`: one reason for each value."""
    refused = hours.where(F.col("energy_reason").isNotNull() | F.col("power_reason").isNotNull())
    each = refused.select("*", F.explode(F.array(*[_rejection(metric) for metric in _METRICS])).alias("rejection"))
    return each.where("rejection.reason IS NOT NULL").select(
        F.lit(SOURCE_TABLE).alias("source_table"), "network_id", "unit_code", "ts_utc", "plant_id", "rejection.*"
    )


def _history() -> list[Column]:
    """Return when a unit's hour was first answered, first had a value, and was answered again."""
    answer = F.struct(F.col("_ingest_time").alias("at"), F.col("_run_type").alias("run_type"))
    is_energy = F.col("metric") == "energy"
    return [
        F.min(F.when(F.col("metric").isin(*_METRICS), answer)).alias("first_answer"),
        F.min(F.when(is_energy & F.col("value").isNotNull(), answer)).alias("first_value"),
        F.collect_set(F.when(is_energy, F.col("_ingest_time"))).alias("ingest_times"),
        F.max("_ingest_time").alias("last_ingest_time"),
        answers.energy_versions().alias("energy_versions"),
    ]


def _reason(metric: str) -> Column:
    """Return why a metric's newest value is refused, or null; the first reason that holds."""
    version = F.col(metric)
    value = version["value"]
    reason = (
        F.when(F.col("plant_id").isNull(), "no_plant")
        .when(rules.is_impossible_time(F.col("ts_utc"), version["at"]), "impossible_time")
        .when(withdrawals.is_withdrawn(version), "withdrawn")
        .when(rules.is_not_a_number(value), "not_a_number")
    )
    if metric == "energy":
        reason = reason.when(F.col("run_reason").isNotNull(), F.col("run_reason"))
    reason = reason.when(rules.is_above_limit(value, F.col("unit_capacity_mw")), "above_capacity_limit")
    return F.when(value.isNotNull(), reason)


def _reason_is(reason: str) -> Column:
    return F.coalesce("energy_reason", "power_reason") == reason


def _accepted(metric: str) -> Column:
    return F.when(F.col(f"{metric}_reason").isNull(), F.col(metric)["value"])


def _accepted_share() -> Column:
    """Return the share of an accepted unit's hour that came: less than 1 only where a part of the hour is known to be missing."""
    energy, power = F.col("energy_accepted"), F.col("power_accepted")
    part = F.greatest(F.lit(0.0), F.least(F.lit(1.0), energy / F.when(power > 0, power)))
    return F.when(F.col("is_incomplete"), part).otherwise(1.0)


def _plant_share() -> Column:
    """Return the accepted share of a plant's hour; null if no unit is expected.

    Units weigh by capacity, alike where any is unknown.
    """
    is_weighed = F.forall("expected", lambda unit: unit["capacity_mw"].isNotNull()) & (_total("expected", "capacity_mw") > 0)
    by_capacity = _total("shares", "weighed_share") / _total("expected", "capacity_mw")
    by_number = _total("shares", "share") / F.size("expected")
    return F.when(F.size("expected") > 0, F.when(is_weighed, by_capacity).otherwise(by_number))


def _total(array: str, field: str) -> Column:
    """Return the sum of a field over an array in its order; 0 for none."""
    return F.aggregate(array, F.lit(0.0), lambda total, element: total + element[field])


def _flags() -> Column:
    """Return the flags of a unit's hour, unsorted."""
    energy, capacity = F.col("energy_accepted"), F.col("unit_capacity_mw")
    found = {
        "above_capacity": rules.is_above_capacity(energy, capacity),
        "incomplete_hour": F.col("is_incomplete") & energy.isNotNull(),
        "negative": rules.is_negative(energy, capacity),
        "withdrawal_unconfirmed": withdrawals.is_unconfirmed(F.col("energy")),
    }
    return F.array_compact(F.array(*[F.when(condition, name) for name, condition in found.items()]))


def _rejection(metric: str) -> Column:
    version, reason = F.col(metric), F.col(f"{metric}_reason")
    unit = _METRICS[metric]
    figures = F.format_string(
        f"%.4f {unit}; limit %.1f x %.3f MW", version["value"], F.lit(REJECT_ABOVE_CAPACITY), F.col("unit_capacity_mw")
    )
    without_capacity = F.format_string(
        f"%.4f {unit}; capacity unknown, limit %.0f {unit} or less: see silver.quality_findings",
        version["value"],
        F.lit(LIMIT_WITHOUT_CAPACITY_MWH),
    )
    by_power = F.format_string(
        "%.4f MWh at a power of %.4f MW; see silver.quality_findings", version["value"], F.col("power")["value"]
    )
    fetched = F.date_format(version["at"], "yyyy-MM-dd'T'HH:mm:ss'Z'")
    detail = (
        F.when(reason == "no_plant", F.concat(F.lit("the registry has no unit "), "unit_code", F.lit(" in "), "network_id"))
        .when(reason == "impossible_time", F.concat(F.lit("fetched at "), fetched))
        .when(reason == "above_capacity_limit", F.when(F.col("unit_capacity_mw").isNull(), without_capacity).otherwise(figures))
        .when(reason.isin("doubled", "shifted", "frozen", "night_generation"), by_power)
        .when(reason == "withdrawn", withdrawals.figures(version))
    )
    return F.struct(
        F.lit(metric).alias("metric"),
        version["value"].alias("value"),
        reason.alias("reason"),
        detail.alias("detail"),
        version["_source"].alias("landing_object"),
        version["at"].alias("ingest_time"),
    )


def _unit_values() -> Column:
    """Return what of an accepted unit is summed; the code comes first and gives the order."""
    return F.struct(
        "unit_code",
        F.col("energy_accepted").alias("energy_mwh"),
        F.col("power_accepted").alias("power_mw"),
        F.col("unit_capacity_mw").alias("capacity_mw"),
        _standing_market_value().alias("market_value_aud"),
    )


def _standing_market_value() -> Column:
    """Return a unit's newest market value (AUD) that was not taken back; null without one."""
    version = F.col(MARKET_VALUE)
    is_out = rules.is_impossible_time(F.col("ts_utc"), version["at"]) | withdrawals.is_withdrawn(version)
    return F.when(~is_out, version["value"])


def _market_value_aud() -> Column:
    """Return the counted units' sum: null where no unit has a value, and where one that made energy has none.

    One that made nothing is worth 0, as at the source.
    """
    nothing = F.lit(0.0)

    def value(unit: Column) -> Column:
        return F.coalesce(unit["market_value_aud"], F.when(unit["energy_mwh"] <= 0, nothing))

    is_known = F.exists("counted", lambda unit: unit["market_value_aud"].isNotNull())
    return F.when(is_known, _sum("counted", value))


def _is_in_span(span: Column) -> Column:
    """Whether an hour lies in a span (capacity_mw, commissioned_from_utc, retired_from_utc) of a unit."""
    at = F.col("ts_utc")
    return F.coalesce(span["commissioned_from_utc"] <= at, F.lit(True)) & _is_before_end(span)


def _is_before_end(span: Column) -> Column:
    return F.coalesce(F.col("ts_utc") < span["retired_from_utc"], F.lit(True))


def _capacity_mw() -> Column:
    """Return the unit's capacity at the hour: of the span it lies in, else of the next one, else of the last."""
    from_here = F.filter("unit_spans", _is_before_end)
    nearest = F.coalesce(F.try_element_at(from_here, F.lit(1)), F.try_element_at("unit_spans", F.lit(-1)))
    return nearest["capacity_mw"]


def _sum(array: str | Column, value: Callable[[Column], Column]) -> Column:
    """Return the sum over an array in its order: null for none, and null when one of its values is unknown."""
    elements = F.col(array) if isinstance(array, str) else array
    total = F.aggregate(elements, F.lit(0.0), lambda so_far, element: so_far + value(element))
    return F.when(F.size(elements) > 0, total)


def _revision() -> Column:
    """Return how many answers after the first value changed the energy of any unit."""
    return F.size(F.filter(F.array_distinct("ingest_times"), lambda at: at > F.col("first_value.at")))
