-- Step 5 of a Gold build: publish the hours of the days that were built, in one atomic change.
--
-- The last publication: once these hours agree with Silver, no later build looks at them again by itself.
-- Rows of those days that were not built again are deleted: Trino's MERGE has no NOT MATCHED BY SOURCE, so the full
-- join brings them in. Rows that did not change are left alone; a publication that changes nothing writes no snapshot.
{% set gold = gold_schema | default('iceberg.gold') %}
MERGE INTO {{ gold }}.plant_weather_hourly AS target
USING (
    WITH
    published AS (
        SELECT
            present.plant_id,
            present.ts_utc
        FROM {{ gold }}.plant_weather_hourly AS present
        INNER JOIN {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
            ON present.network_id = rebuild.network_id AND present.ds = rebuild.ds
    )

    SELECT
        coalesce(built.plant_id, published.plant_id) AS plant_id,
        coalesce(built.ts_utc, published.ts_utc) AS ts_utc,
        built.plant_id IS NULL AS is_gone,
        built.ds,
        built.ts_local,
        built.network_id,
        built.energy_mwh,
        built.power_mw,
        built.capacity_mw,
        built.accepted_capacity_mw,
        built.cf,
        built.ghi_w_m2,
        built.dni_w_m2,
        built.dhi_w_m2,
        built.temperature_c,
        built.wind_speed_m_s,
        built.cloud_cover_pct,
        built.solar_elevation_deg,
        built.expected_output_index,
        built.weather_is_provisional,
        built.quality_flags,
        built.units_expected,
        built.units_accepted,
        built._silver_updated_at
    FROM {{ gold }}.stg_plant_weather_hourly_{{ run_suffix }} AS built
    FULL JOIN published
        ON built.plant_id = published.plant_id AND built.ts_utc = published.ts_utc
) AS source
    ON target.plant_id = source.plant_id AND target.ts_utc = source.ts_utc
WHEN MATCHED AND source.is_gone
THEN DELETE
WHEN MATCHED AND (
    target.ds IS DISTINCT FROM source.ds
    OR target.ts_local IS DISTINCT FROM source.ts_local
    OR target.network_id IS DISTINCT FROM source.network_id
    OR target.energy_mwh IS DISTINCT FROM source.energy_mwh
    OR target.power_mw IS DISTINCT FROM source.power_mw
    OR target.capacity_mw IS DISTINCT FROM source.capacity_mw
    OR target.accepted_capacity_mw IS DISTINCT FROM source.accepted_capacity_mw
    OR target.cf IS DISTINCT FROM source.cf
    OR target.ghi_w_m2 IS DISTINCT FROM source.ghi_w_m2
    OR target.dni_w_m2 IS DISTINCT FROM source.dni_w_m2
    OR target.dhi_w_m2 IS DISTINCT FROM source.dhi_w_m2
    OR target.temperature_c IS DISTINCT FROM source.temperature_c
    OR target.wind_speed_m_s IS DISTINCT FROM source.wind_speed_m_s
    OR target.cloud_cover_pct IS DISTINCT FROM source.cloud_cover_pct
    OR target.solar_elevation_deg IS DISTINCT FROM source.solar_elevation_deg
    OR target.expected_output_index IS DISTINCT FROM source.expected_output_index
    OR target.weather_is_provisional IS DISTINCT FROM source.weather_is_provisional
    OR target.quality_flags IS DISTINCT FROM source.quality_flags
    OR target.units_expected IS DISTINCT FROM source.units_expected
    OR target.units_accepted IS DISTINCT FROM source.units_accepted
    OR target._silver_updated_at IS DISTINCT FROM source._silver_updated_at
)
THEN
    UPDATE
        SET
            ds = source.ds,
            ts_local = source.ts_local,
            network_id = source.network_id,
            energy_mwh = source.energy_mwh,
            power_mw = source.power_mw,
            capacity_mw = source.capacity_mw,
            accepted_capacity_mw = source.accepted_capacity_mw,
            cf = source.cf,
            ghi_w_m2 = source.ghi_w_m2,
            dni_w_m2 = source.dni_w_m2,
            dhi_w_m2 = source.dhi_w_m2,
            temperature_c = source.temperature_c,
            wind_speed_m_s = source.wind_speed_m_s,
            cloud_cover_pct = source.cloud_cover_pct,
            solar_elevation_deg = source.solar_elevation_deg,
            expected_output_index = source.expected_output_index,
            weather_is_provisional = source.weather_is_provisional,
            quality_flags = source.quality_flags,
            units_expected = source.units_expected,
            units_accepted = source.units_accepted,
            _silver_updated_at = source._silver_updated_at
WHEN NOT MATCHED
THEN INSERT (
    plant_id,
    ts_utc,
    ds,
    ts_local,
    network_id,
    energy_mwh,
    power_mw,
    capacity_mw,
    accepted_capacity_mw,
    cf,
    ghi_w_m2,
    dni_w_m2,
    dhi_w_m2,
    temperature_c,
    wind_speed_m_s,
    cloud_cover_pct,
    solar_elevation_deg,
    expected_output_index,
    weather_is_provisional,
    quality_flags,
    units_expected,
    units_accepted,
    _silver_updated_at
)
VALUES (
    source.plant_id,
    source.ts_utc,
    source.ds,
    source.ts_local,
    source.network_id,
    source.energy_mwh,
    source.power_mw,
    source.capacity_mw,
    source.accepted_capacity_mw,
    source.cf,
    source.ghi_w_m2,
    source.dni_w_m2,
    source.dhi_w_m2,
    source.temperature_c,
    source.wind_speed_m_s,
    source.cloud_cover_pct,
    source.solar_elevation_deg,
    source.expected_output_index,
    source.weather_is_provisional,
    source.quality_flags,
    source.units_expected,
    source.units_accepted,
    source._silver_updated_at
)
