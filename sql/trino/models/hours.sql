-- A plant's hours with weather, and its accepted energy where there is any: for the plots of a fit.
SELECT
    weather.plant_id,
    weather.ts_utc,
    weather.ghi_w_m2,
    weather.dhi_w_m2,
    weather.temperature_c,
    weather.wind_speed_m_s,
    generation.energy_mwh
FROM silver.fact_weather_hourly AS weather
LEFT JOIN silver.fact_generation_hourly AS generation
    ON weather.plant_id = generation.plant_id AND weather.ts_utc = generation.ts_utc
WHERE
    weather.plant_id = '{{ plant_id }}'
    AND weather.ts_utc >= from_iso8601_timestamp('{{ fitted_from }}')
    AND weather.ts_utc < from_iso8601_timestamp('{{ fitted_to }}')
ORDER BY weather.ts_utc
