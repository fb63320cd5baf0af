"""What can be switched on: names, where they bite, how often. What they do is in `answer_faults.py` and `defects.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ENDPOINTS = (
    "oe_facilities", "oe_data", "oe_network", "oe_market", "oe_me", "oe_other",
    "om_archive", "om_forecast", "om_air_quality", "om_satellite", "aemo_listing", "aemo_day",
)  # fmt: skip

ANSWER_FAULTS = {
    "not_authenticated": "401 as if no key was sent",
    "invalid_key": "401 as for an unknown key",
    "auth_failed": "401 `Authentication failed`, which may be a used-up quota",
    "forbidden": "403 `Insufficient permissions`",
    "not_found": "404 of the app (`error` to choose the text)",
    "no_data_416": "416, what no data was called before v4.5.0",
    "validation": "422 in FastAPI's form",
    "bad_request": "400 (`reason` to choose the text)",
    "rate_limited": "429 with Retry-After (`retry_after` seconds, default 1; null: no header)",
    "server_error": "500",
    "maintenance": "503 `Maintenance Mode` / `The service is overloaded`",
    "bad_gateway": "502 with an HTML page (`status` for 504 or 52x)",
    "slow": "answers after `seconds` (default 5)",
    "dropped": "closes the connection without an answer",
    "truncated": "200 whose body ends half-way: the connection closes (`clean`: true for a complete but cut body)",
    "not_json": "200 with a page of HTML",
    "streaming_error": "200 with `Unexpected error while streaming data` in the middle of the JSON",
    "wrong_shape": "200, valid JSON, a list where an object belongs or the other way round",
    "missing_keys": "200 without a key that cannot be spared (`path` to choose which)",
    "nan": "200 with bare NaN among the numbers",
    "minutely_limit": "429 of Open-Meteo, per minute",
    "hourly_limit": "429 of Open-Meteo, per hour",
    "daily_limit": "429 of Open-Meteo, per day",
    "too_many_concurrent": "429 of Open-Meteo, `Too many concurrent requests`",
    "unknown_variable": "400 of Open-Meteo for a bad name",
    "too_much_data": "400 of Open-Meteo for a heavy request",
}
DATA_DEFECTS = {
    "double_last_days": "values of the last `days` (7) are twice what they are, until the clock passes `heal_at`",
    "hour_missing_for_all": "no unit has a value for `hours` (ISO list; default: the third last complete hour)",
    "frozen_night": "the last positive value of the local day `date` (default: yesterday) repeats until the next morning",
    "provisional_energy": "energy of the last `hours` (72) is `factor` (0.97) of the final value, until `heal_at`",
    "october_shift": "values come one hour late for 21 days after the first Sunday of October",
    "negative_night": "nights carry `value` (-0.08) instead of 0",
    "unit_stops": "`unit_code` reports nothing from `from` on",
    "new_commissioning_unit": "a facility no list knew (0NEWSF, unit 0NEWSF1) reports since `from` (default: 10 days ago)",
    "old_shape": "`shape` v4.3 (default): `error: null`, gaps omitted; v4.0: also start/end and UTC points",
    "empty": "no data for anybody: 404, or 416 with `status`: 416; Open-Meteo: all null; AEMO: no file is listed",
    "null_interior": "every `every`-th (5) hour is null",
    "twice_capacity": "daylight values of `unit_code` (default: every unit) are twice its capacity",
    "withdrawn_units": "units say nothing any more: `unit_codes`, or `share` (0.1) of them drawn by `seed`",
    "withdrawn_hours": "hours `from`..`to` of `unit_code` (default: all) are gone: absent at the ends of a series, else null",
    "nulls_after_values": "`share` (0.05) of unit-hours drawn by `seed`, or `hours` (ISO list), are null (`unit_code`: of one)",
    "thinned_hours": "energy is `factor` (0.5) of power, `from`..`to`: of `unit_codes`, or in `share` (0.05) of unit-hours",
    "doubled_rows": "energy is twice the power, `from`..`to`, of `unit_codes`, or of `share` (0.1) of units drawn by `seed`",
    "silent_network": "no unit of `network` (NEM) has values for hours `from`..`to` (default: all)",
    "ghi_outliers": "GHI is `value` (9999) at `labels` (ISO list; only of `latitude`), or at `share` (0.01) of labels and places",
    "wrong_date": "the `date` header is `seconds` (-3600) off, or says `at` (ISO)",
    "unknown_unit": "an extra unit nobody's registry knows (0GHOST1) reports",
    "revising_values": "each request sees the last `hours` (72) a little higher (`step`, 0.001, per request)",
    "plan_window": "400 for a start earlier than `days` (730) before now",
    "null_tail": "nulls from `days` before now on (0 switches the models' own tails off)",
    "revising_weather": "each request sees the weather of the last `days` (10) a little higher (`step`, 0.5 %)",
    "forecast_differs": "radiation of the forecast API is `factor` (1.05) of the archive's",
    "weight_limits": "Open-Meteo's weighted counters: `minutely` 600, `hourly` 5000, `daily` 10000",
    "concurrency_limit": "Open-Meteo runs one at a time (`seconds` each, 0.2), four wait, the sixth gets 429",
    "renamed_unit": "`unit_code` is called `to` (default: without its leading 0, else with N), in registry and series",
    "renamed_facility": "the same of `facility_code`",
    "split_unit": "`unit_code` is `parts` (2) units with `codes` (default: the first keeps its code), each with its share",
    "upgraded_unit": "`unit_code` has `factor` (1.5) of its capacity, and makes so much from `since` (default: `at`) on",
    "coarse_date": "the `event` (commencement) of `unit_code` has `date` (its year) of `specificity` (year)",
    "undated_unit": "`unit_code` has no date at all",
    "absurd_capacity": "the registry gives `capacity` MW (a fortieth) for `unit_code`; what it makes stays",
    "moved_coordinates": "the registry puts `facility_code` `north_km` (300) away, or at `latitude`, `longitude`",
    "copied_farms": "in place of all farms, copies of `facility_codes` (default: all), one for each of `prefixes` of their codes",
    "retired_farm": "`facility_code` is retired after `closure_date` (2025-01-03; `undated`) and, if it `vanishes`, not listed",
    "repriced": "prices of hours `from`..`to` (default: all) are `factor` (1.1) of what they were, and market values with them",
    "renamed_region": "`region` is called `to` in the market's answers",
    "unreadable_market_values": "market values of units are text",
    "late_day": "the newest `days` (1) of the market operator's files are not there yet",
    "no_end_of_report": "the market operator's file breaks off after two thirds of its lines",
    "old_table": "the market operator's table is of a version without UIGF",
    "credit_limit": "OpenElectricity refuses (`Authentication failed`) after `credits` (500) requests of a key and UTC day",
}
GROUPS = {
    "*": ENDPOINTS,
    "oe": ("oe_facilities", "oe_data", "oe_network", "oe_market", "oe_me", "oe_other"),
    "aemo": ("aemo_listing", "aemo_day"),
    "om": ("om_archive", "om_forecast", "om_air_quality", "om_satellite"),
    **{name: (name,) for name in ENDPOINTS},
}


@dataclass
class Fault:
    """One switched-on fault. `times` counts down with each request it bites; None: until it is switched off."""

    name: str
    endpoint: str = "*"
    times: int | None = None
    key: str | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in ANSWER_FAULTS and self.name not in DATA_DEFECTS:
            raise ValueError(f"no fault {self.name!r}; there are {', '.join([*ANSWER_FAULTS, *DATA_DEFECTS])}")
        if self.endpoint not in GROUPS:
            raise ValueError(f"no endpoint {self.endpoint!r}; there are {', '.join(GROUPS)}")

    @property
    def changes_answer(self) -> bool:
        """True for faults of the exchange, False for defects of the data."""
        return self.name in ANSWER_FAULTS

    def bites(self, endpoint: str, key: str | None) -> bool:
        """Whether it concerns a request."""
        return self.times != 0 and endpoint in GROUPS[self.endpoint] and self.key in (None, key)


class Bitten(dict[str, list[Fault]]):
    """The faults that concern one request, by name; a defect of the data may bite several times, at several targets."""

    def params(self, name: str) -> dict[str, Any] | None:
        """Parameters of the first fault of this name that bites, else None."""
        return next(iter(self.every(name)), None)

    def every(self, name: str) -> list[dict[str, Any]]:
        """Parameters of all faults of this name that bite, in the order in which they were switched on."""
        return [fault.params for fault in self.get(name, [])]

    @property
    def answer(self) -> Fault | None:
        """The one fault that changes the exchange."""
        return next((fault for (fault, *_) in self.values() if fault.changes_answer), None)


class Faults:
    """The switchboard, in the order of switching on."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def switch_on(self, fault: Fault) -> None:
        """Add a fault behind those that are on."""
        self.active.append(fault)

    def switch_off(self, name: str | None = None) -> None:
        """Switch off one name, or all."""
        self.active = [fault for fault in self.active if name is not None and fault.name != name]

    def of_registry(self) -> Bitten:
        """Those that concern the registry's route, not counted down."""
        bitten = Bitten()
        for fault in self.active:
            if fault.bites("oe_facilities", None):
                bitten.setdefault(fault.name, []).append(fault)
        return bitten

    def bite(self, endpoint: str, key: str | None) -> Bitten:
        """Faults of this request: the first answer fault and all data defects. Counts them down."""
        bitten = Bitten()
        for fault in self.active:
            second_answer = fault.changes_answer and bitten.answer is not None
            if second_answer or not fault.bites(endpoint, key):
                continue
            bitten.setdefault(fault.name, []).append(fault)
            fault.times = None if fault.times is None else fault.times - 1
        self.active = [fault for fault in self.active if fault.times != 0]
        return bitten
