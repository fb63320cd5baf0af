"""Fetch weather and air quality for every distinct pair of coordinates in the registry."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from include.exchange import Answer, Clock, Sender
from include.fetch.asking import ask_all, open_sender, summary
from include.fetch.ranges import Range, batches, is_hourly, oldest_of_interest, ranges, reread_window
from include.landing import Location, Run
from include.openmeteo.client import MAX_DAYS, MAX_LOCATIONS, OpenMeteoClient, by_dataset
from include.registry import Facility, chosen, known_facilities, newest_air_quality_hours, newest_weather_hours
from include.settings import Settings
from include.windows import HOUR, Window

log = logging.getLogger(__name__)

Group = tuple[tuple[Location, ...], Window]


def fetch_weather(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land weather for the window, settled days from the archive and newer ones from the forecast.

    Raises `BodyInvalid`, `BudgetExhausted`, `SourceUnavailable`, `LandingUnavailable`, `TrinoUnavailable`; of several
    failures the worst, after everything else has landed.
    """
    clock = clock or Clock()

    def ask(client: OpenMeteoClient, groups: Iterator[Group]) -> list[Callable[[], Answer]]:
        return [
            partial(client.weather, dataset, locations, part)
            for locations, labels in groups
            for dataset, part in by_dataset(labels, clock.now())
        ]

    return _fetch(settings, window, run, clock, newest_weather_hours, ask)


def fetch_air_quality(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land air quality for the window. Raises what `fetch_weather` raises."""

    def ask(client: OpenMeteoClient, groups: Iterator[Group]) -> list[Callable[[], Answer]]:
        return [partial(client.air_quality, locations, labels) for locations, labels in groups]

    return _fetch(settings, window, run, clock or Clock(), newest_air_quality_hours, ask)


def _fetch(
    settings: Settings,
    window: Window,
    run: Run,
    clock: Clock,
    newest_labels: Callable[[Settings, datetime], Mapping[str, datetime]],
    ask: Callable[[OpenMeteoClient, Iterator[Group]], list[Callable[[], Answer]]],
) -> dict[str, Any]:
    sender = open_sender(settings, run, clock)
    locations = _locations(settings, sender, window)
    if not locations:
        return summary(sender, locations=0, resolved=[])
    base = reread_window(window, run.run_type, settings)
    newest = newest_labels(settings, oldest_of_interest(window, settings)) if is_hourly(window, run.run_type) else {}
    parts = ranges(locations, base, newest, settings.pv_max_gap_days)
    ask_all(ask(OpenMeteoClient(settings, sender), _groups(parts, locations)))
    resolved = [f"{len(part.keys)} from {part.window}" for part in parts]
    return summary(sender, locations=len(locations), resolved=resolved)


def _groups(parts: list[Range], locations: Mapping[str, Location]) -> Iterator[Group]:
    for part in parts:
        # An hour H needs the labels H and H+1: radiation of the hour ends there, temperature is the mean of both.
        for piece in Window(part.window.start, part.window.end + HOUR).split(MAX_DAYS):
            for keys in batches(part.keys, MAX_LOCATIONS):
                yield tuple(locations[key] for key in keys), piece


def _locations(settings: Settings, sender: Sender, window: Window) -> dict[str, Location]:
    """Return the distinct coordinates of the chosen facilities by location id; two sites may share one."""
    facilities = chosen(known_facilities(settings, sender.landing), settings.pv_facilities)
    placed = {place.location_id: place for facility in facilities if (place := facility.location)}
    _log_missing(facilities, window)
    return placed


def _log_missing(facilities: list[Facility], window: Window) -> None:
    if not facilities:
        log.warning(
            "%s: no facility is known yet, nothing was asked. Weather waits for the registry, which ingest_oe_bronze lands; "
            "that needs OPEN_NEM_PRIMARY", window,
        )  # fmt: skip
        return
    unplaced = [facility.code for facility in facilities if facility.location is None]
    if unplaced:
        log.warning("%s: no weather for %s, the registry has no coordinates", window, ", ".join(unplaced))
