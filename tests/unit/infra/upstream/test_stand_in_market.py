"""The market route and units' market values: what is served, what is refused, what is null."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.unit.infra.upstream.stand_in import Ask, SwitchOn, points

CURTAILED = "curtailment_solar_utility_energy"
NOTHING = "No market data available for network NEM in the specified time range"
YEAR = [{"date_start": f"2024-{month:02d}-01", "date_end": f"2024-{month:02d}-28"} for month in (1, 4, 7, 10)]


@pytest.fixture
def market(ask: Ask) -> Ask:
    """Hourly prices and curtailment of a day by region, unless told otherwise."""

    def get(**changes: Any) -> Response:
        network = changes.pop("network", "NEM")
        asked = {
            "metrics": ["price", CURTAILED], "interval": "1h", "primary_grouping": "network_region",
            "date_start": "2025-03-01", "date_end": "2025-03-02",
        } | changes  # fmt: skip
        return ask(f"/v4/market/network/{network}", **{name: value for name, value in asked.items() if value is not None})

    return get


def series(answer: Response, metric: str = "price") -> dict[str, dict[str, float | None]]:
    """Region -> label -> value of one metric."""
    assert answer.status_code == 200, answer.text
    block = next(block for block in answer.json()["data"] if block["metric"] == metric)
    return {result["columns"].get("region", "total"): dict(result["data"]) for result in block["results"]}


def test_every_region_has_a_price_for_every_hour_in_the_form_of_the_other_series(market: Ask) -> None:
    answer = market()
    block = answer.json()["data"][0]
    result = next(result for result in block["results"] if result["columns"] == {"region": "NSW1"})
    assert (block["metric"], block["unit"], block["interval"], block["groupings"]) == ("price", "$/MWh", "1h", [])
    assert (result["name"], len(result["data"]), result["data"][0][0]) == ("price_NSW1", 24, "2025-03-01T00:00:00+10:00")
    assert set(series(answer)) == set(series(answer, CURTAILED)) == {"NSW1", "QLD1", "SA1", "TAS1", "VIC1"}
    assert answer.json()["data"][1]["unit"] == "MWh"


def test_prices_are_the_same_whatever_else_is_asked_and_chunks_join(market: Ask) -> None:
    whole = series(market())
    halves = [
        market(date_start=f"2025-03-0{a}", date_end=f"2025-03-0{b}")
        for a, b in (("1T00:00:00", "1T12:00:00"), ("1T12:00:00", "2"))
    ]
    assert {region: series(halves[0])[region] | series(halves[1])[region] for region in whole} == whole
    assert series(market(network_region="SA1", primary_grouping=None)) == {"SA1": whole["SA1"]}


def test_evenings_are_dear_middays_sometimes_negative_and_solar_is_then_curtailed(market: Ask) -> None:
    evenings, middays, curtailed = [], [], []
    for span in YEAR:
        prices, solar = (series(market(**span), metric)["NSW1"] for metric in ("price", CURTAILED))
        evenings += [value for label, value in prices.items() if label[11:13] == "18"]
        middays += [value for label, value in prices.items() if label[11:13] == "12"]
        curtailed += [(prices[label], value) for label, value in solar.items()]
    assert sum(evenings) / len(evenings) > 2 * abs(sum(middays) / len(middays))
    assert 0.1 < sum(price < 0 for price in middays) / len(middays) < 0.8
    assert all((solar > 1) == (price < 0) for price, solar in curtailed)
    assert any(solar < 0 for _, solar in curtailed)


def test_the_west_has_prices_and_no_curtailment(market: Ask) -> None:
    answer = market(network="WEM")
    assert [block["metric"] for block in answer.json()["data"]] == ["price"]
    assert list(series(answer)) == ["WEM"]
    assert next(iter(series(answer)["WEM"])).endswith("+08:00")
    assert market(network="WEM", metrics=[CURTAILED]).status_code == 404


def test_without_grouping_a_network_is_one_series(market: Ask) -> None:
    regions, total = series(market()), series(market(primary_grouping=None))
    assert list(total) == ["total"]
    label = "2025-03-01T12:00:00+10:00"
    assert total["total"][label] == pytest.approx(sum(prices[label] for prices in regions.values()) / 5)


def test_of_the_recorded_week_the_nem_has_neither_prices_nor_market_values(market: Ask, generation: Ask) -> None:
    answer = market(date_start="2025-01-01", date_end="2025-01-08")
    assert (answer.status_code, answer.json()["error"]) == (404, NOTHING)
    assert next(iter(series(market(date_start="2025-01-07", date_end="2025-01-09"))["NSW1"])) == "2025-01-08T00:00:00+10:00"
    metrics = {block["metric"] for block in generation(metrics=["energy", "market_value"]).json()["data"]}
    assert metrics == {"energy"}


def test_market_value_is_energy_by_the_regions_price_and_0_where_nothing_was_made(
    market: Ask, generation: Ask, fault: SwitchOn
) -> None:
    fault("negative_night")
    day = {"date_start": "2025-03-01", "date_end": "2025-03-02"}
    answer = generation(metrics=["energy", "market_value"], **day)
    energy, value = (points(answer, metric)["EMERASF1"] for metric in ("energy", "market_value"))
    prices = series(market(**day))["QLD1"]
    assert value == {label: pytest.approx(max(0.0, energy[label]) * prices[label]) for label in energy}
    assert min(energy.values()) < 0 and any(value.values())


def test_a_price_that_is_revised_changes_market_values_and_not_energy(market: Ask, generation: Ask, fault: SwitchOn) -> None:
    day = {"date_start": "2025-03-01", "date_end": "2025-03-02"}
    before = generation(metrics=["energy", "market_value"], **day), market(**day)
    fault("repriced", factor=2.0, **{"from": "2025-03-01T02:00:00Z", "to": "2025-03-01T03:00:00Z"})
    after = generation(metrics=["energy", "market_value"], **day), market(**day)
    noon = "2025-03-01T12:00:00+10:00"
    changed = [label for label, price in series(before[1])["QLD1"].items() if series(after[1])["QLD1"][label] != price]
    assert changed == [noon]
    assert points(after[0]) == points(before[0])
    assert points(after[0], "market_value")["EMERASF1"][noon] == pytest.approx(
        2 * points(before[0], "market_value")["EMERASF1"][noon]
    )


def test_a_region_may_be_renamed(market: Ask, fault: SwitchOn) -> None:
    fault("renamed_region", region="SA1", to="SA2")
    assert "SA2" in series(market()) and "SA1" not in series(market())


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"network": "nem"}, 400, "Network nem not supported"),
        ({"metrics": ["energy"]}, 400, "Unsupported metrics: energy"),
        ({"date_start": "2025-03-01T00:00:00Z"}, 400, "Date start must be timezone naive and in network time"),
        ({"date_start": "2025-01-01"}, 400, "Date range too large for 1h interval. Maximum range is 32 days."),
        ({"date_start": "2025-03-03"}, 400, "Date start must be before date end"),
        ({"date_start": "2025-03-25", "date_end": "2025-03-26"}, 404, NOTHING),
        ({"metrics": ["demand"]}, 404, NOTHING),
    ],
)  # fmt: skip
def test_what_the_source_refuses(market: Ask, changes: dict[str, Any], status: int, error: str) -> None:
    answer = market(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_names_that_are_none_are_a_422(market: Ask) -> None:
    assert [market(**{name: "bogus"}).status_code for name in ("metrics", "interval", "primary_grouping")] == [422] * 3


def test_the_market_is_open_without_a_key_and_closed_to_a_bad_one(server: TestClient) -> None:
    path, params = (
        "/v4/market/network/WEM",
        {"metrics": "price", "interval": "1h", "date_start": "2025-03-01", "date_end": "2025-03-02"},
    )
    assert server.get(path, params=params).status_code == 200
    assert server.get(path, params=params, headers={"Authorization": "Bearer short"}).json()["error"] == "Invalid API key"


def test_the_hour_still_running_is_served_in_part(market: Ask) -> None:
    # the clock stands at 22:02 of the NEM
    hours = list(series(market(date_start="2025-03-20T20:00:00", date_end="2025-03-21T00:00:00"))["NSW1"])
    assert hours[-1] in ("2025-03-20T21:00:00+10:00", "2025-03-20T22:00:00+10:00")
