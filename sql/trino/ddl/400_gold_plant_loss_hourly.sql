CREATE TABLE IF NOT EXISTS iceberg.gold.plant_loss_hourly (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    ds date NOT NULL COMMENT 'Network-local day of the hour (NEM UTC+10, WEM UTC+8, all year).',
    expected_mwh double COMMENT 'What the plant should have made under the hour''s weather; NULL without weather or capacity. [MWh]',
    energy_mwh double COMMENT 'Accepted energy of `silver.fact_generation_hourly`; NULL where none was accepted. [MWh]',
    curtailed_economic_mwh double COMMENT 'Shortfall of an hour whose price was at or below the plant''s bid. NULL, as all losses, without an expectation. [MWh]',
    curtailed_network_mwh double COMMENT 'What was taken for the network where that is measured, else a share of what the region''s curtailed solar leaves after the economic shortfalls. [MWh]',
    unavailable_mwh double COMMENT 'Shortfall of an outage of the whole plant, or of an hour in which the market operator says that it could make nothing. [MWh]',
    stored_mwh double COMMENT 'What a hybrid''s battery took by day (above 0) and gave back by night (below 0). [MWh]',
    not_known_mwh double COMMENT 'Shortfall of an hour of which no energy, or less than 0.9 of it, was accepted. [MWh]',
    unexplained_mwh double COMMENT 'The rest, above or below 0: clouds that the weather source did not see, soiling, outages of a part of the plant. [MWh]',
    loss_class varchar NOT NULL COMMENT 'The first that holds. With the market operator''s unit solution: `unavailable` (a forecast or availability of about 0), `curtailed_economic`, `curtailed_network`. Then, and without it: `no_expectation`, `not_known`, `outage`, `curtailed_economic_est`, `stored`, `curtailed_network_est`, `underperforming` (energy below 0.85 of expected), `normal`.',
    curtailed_method varchar NOT NULL COMMENT 'What curtailment was judged by: `measured` (the market operator''s unit solution), `estimated_by_region` (price and the region''s curtailed solar), `estimated_by_price`, `no_market_data` (then no curtailment is named).',
    expected_method varchar COMMENT '`fitted`, `provisional` or `prior` (the registry''s capacity alone); NULL without an expectation.',
    model_version integer NOT NULL COMMENT 'Version of `silver.plant_model`; 0 is the registry''s prior.',
    irradiance_source varchar COMMENT '`satellite` or `reanalysis` (the weather source''s model); one of them an hour. NULL without an expectation.',
    poa_w_m2 double COMMENT 'Irradiance in the plane of the modules, mean of the hour from 7.5 minutes before its label. [W/m²]',
    price_aud_mwh double COMMENT 'The region''s price that the hour was judged by; NULL where none is known. [AUD/MWh]',
    is_provisional boolean NOT NULL COMMENT 'The weather is a forecast, or the region''s market data do not reach this hour yet: it is judged again when they come.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When it last changed; unchanged rows keep it.'
)
COMMENT 'Why each hour of a plant was low: expected energy = energy + curtailed economic + curtailed network + unavailable + stored + not known + unexplained, exact to 1e-6 MWh. Read days, not hours: a fifth of healthy hours lie 15 % below what is expected.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['plant_id', 'ts_utc']
)
