-- Step 4 of a Gold build: publish the daily figures of the days that were built, in one atomic change.
--
-- Before step 5: hours that are still unlike Silver make the next build come back to a day whose publication broke off.
-- Rows of those days that were not built again are deleted: Trino's MERGE has no NOT MATCHED BY SOURCE, so the full
-- join brings them in. Rows that did not change are left alone; a publication that changes nothing writes no snapshot.
{% set gold = gold_schema | default('iceberg.gold') %}
MERGE INTO {{ gold }}.daily_plant_kpi AS target
USING (
    WITH
    published AS (
        SELECT
            present.plant_id,
            present.ds
        FROM {{ gold }}.daily_plant_kpi AS present
        INNER JOIN {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
            ON present.network_id = rebuild.network_id AND present.ds = rebuild.ds
    )

    SELECT
        coalesce(built.plant_id, published.plant_id) AS plant_id,
        coalesce(built.ds, published.ds) AS ds,
        built.plant_id IS NULL AS is_gone,
        built.plant_name,
        built.network_id,
        built.energy_mwh,
        built.capacity_mw,
        built.cf,
        built.missingness,
        built.expected_unit_hours,
        built.accepted_unit_hours,
        built.latency_minutes,
        built.latency_max_minutes,
        built.weather_missingness,
        built.insolation_kwh_m2,
        built.specific_yield_mwh_per_mw,
        built.partial_hours,
        built.suspect_hours,
        built.rejected_hours,
        built.revised_hours,
        built.is_open_day,
        built._silver_updated_at,
        built._run_id
    FROM {{ gold }}.stg_daily_plant_kpi_{{ run_suffix }} AS built
    FULL JOIN published
        ON built.plant_id = published.plant_id AND built.ds = published.ds
) AS source
    ON target.plant_id = source.plant_id AND target.ds = source.ds
WHEN MATCHED AND source.is_gone
THEN DELETE
WHEN MATCHED AND (
    target.plant_name IS DISTINCT FROM source.plant_name
    OR target.network_id IS DISTINCT FROM source.network_id
    OR target.energy_mwh IS DISTINCT FROM source.energy_mwh
    OR target.capacity_mw IS DISTINCT FROM source.capacity_mw
    OR target.cf IS DISTINCT FROM source.cf
    OR target.missingness IS DISTINCT FROM source.missingness
    OR target.expected_unit_hours IS DISTINCT FROM source.expected_unit_hours
    OR target.accepted_unit_hours IS DISTINCT FROM source.accepted_unit_hours
    OR target.latency_minutes IS DISTINCT FROM source.latency_minutes
    OR target.latency_max_minutes IS DISTINCT FROM source.latency_max_minutes
    OR target.weather_missingness IS DISTINCT FROM source.weather_missingness
    OR target.insolation_kwh_m2 IS DISTINCT FROM source.insolation_kwh_m2
    OR target.specific_yield_mwh_per_mw IS DISTINCT FROM source.specific_yield_mwh_per_mw
    OR target.partial_hours IS DISTINCT FROM source.partial_hours
    OR target.suspect_hours IS DISTINCT FROM source.suspect_hours
    OR target.rejected_hours IS DISTINCT FROM source.rejected_hours
    OR target.revised_hours IS DISTINCT FROM source.revised_hours
    OR target.is_open_day IS DISTINCT FROM source.is_open_day
    OR target._silver_updated_at IS DISTINCT FROM source._silver_updated_at
)
THEN
    UPDATE
        SET
            plant_name = source.plant_name,
            network_id = source.network_id,
            energy_mwh = source.energy_mwh,
            capacity_mw = source.capacity_mw,
            cf = source.cf,
            missingness = source.missingness,
            expected_unit_hours = source.expected_unit_hours,
            accepted_unit_hours = source.accepted_unit_hours,
            latency_minutes = source.latency_minutes,
            latency_max_minutes = source.latency_max_minutes,
            weather_missingness = source.weather_missingness,
            insolation_kwh_m2 = source.insolation_kwh_m2,
            specific_yield_mwh_per_mw = source.specific_yield_mwh_per_mw,
            partial_hours = source.partial_hours,
            suspect_hours = source.suspect_hours,
            rejected_hours = source.rejected_hours,
            revised_hours = source.revised_hours,
            is_open_day = source.is_open_day,
            _silver_updated_at = source._silver_updated_at,
            _run_id = source._run_id
WHEN NOT MATCHED
THEN INSERT (
    plant_id,
    ds,
    plant_name,
    network_id,
    energy_mwh,
    capacity_mw,
    cf,
    missingness,
    expected_unit_hours,
    accepted_unit_hours,
    latency_minutes,
    latency_max_minutes,
    weather_missingness,
    insolation_kwh_m2,
    specific_yield_mwh_per_mw,
    partial_hours,
    suspect_hours,
    rejected_hours,
    revised_hours,
    is_open_day,
    _silver_updated_at,
    _run_id
)
VALUES (
    source.plant_id,
    source.ds,
    source.plant_name,
    source.network_id,
    source.energy_mwh,
    source.capacity_mw,
    source.cf,
    source.missingness,
    source.expected_unit_hours,
    source.accepted_unit_hours,
    source.latency_minutes,
    source.latency_max_minutes,
    source.weather_missingness,
    source.insolation_kwh_m2,
    source.specific_yield_mwh_per_mw,
    source.partial_hours,
    source.suspect_hours,
    source.rejected_hours,
    source.revised_hours,
    source.is_open_day,
    source._silver_updated_at,
    source._run_id
)
