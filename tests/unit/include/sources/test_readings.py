"""Rows of every source fit the Bronze table they are for."""

from typing import Any

import pytest

from include.contracts import load
from include.sources.readings import read_envelope
from tests.unit.envelopes import (
    control_body,
    control_envelope,
    generation_body,
    generation_envelope,
    hourly_body,
    hourly_envelope,
    market_body,
    market_envelope,
    registry_body,
    registry_envelope,
    unit_solution_envelope,
)
from tests.unit.reports import dispatch, report_lines, zipped

PYTHON_TYPES = {"int": "int", "boolean": "bool", "string": "str", "double": "float", "date": "date", "timestamp": "datetime"}
ENVELOPES = {
    "bronze.oe_facilities_raw": registry_envelope(registry_body()),
    "bronze.oe_generation_hourly_raw": generation_envelope(generation_body()),
    "bronze.oe_market_hourly_raw": market_envelope(market_body({"price": {"NSW1": [81.5, None]}})),
    "bronze.oe_control_daily_raw": control_envelope(control_body({"NSW1": [8012.25, None]})),
    "bronze.aemo_unit_solution_raw": unit_solution_envelope(zipped(report_lines([dispatch("2025/01/02 12:05")]))),
    "bronze.om_weather_hourly_raw": hourly_envelope("om_weather", hourly_body()),
    "bronze.om_satellite_hourly_raw": hourly_envelope("om_satellite", hourly_body("om_satellite")),
    "bronze.om_air_quality_hourly_raw": hourly_envelope("om_air_quality", hourly_body("om_air_quality")),
}
OF_THE_LOAD = {"is_listed", "is_absent"}
"""Columns that say what an answer left out; what it holds has none."""


@pytest.mark.parametrize(("table", "envelope"), ENVELOPES.items(), ids=list(ENVELOPES))
def test_rows_have_the_columns_and_types_of_their_contract(table: str, envelope: dict[str, Any]) -> None:
    columns = {column.name: column for column in load(table).columns if not column.name.startswith("_")}
    rows = read_envelope(envelope).rows
    assert rows
    for row in rows:
        assert set(row) == set(columns) - OF_THE_LOAD
        for name, value in row.items():
            if value is None:
                assert columns[name].nullable, name
            else:
                assert type(value).__name__ == PYTHON_TYPES[columns[name].type], name
