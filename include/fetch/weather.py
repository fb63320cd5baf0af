"""Fetch weather and air quality for every distinct pair of coordinates in the registry."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from include.exchange import Answer, Clock, Sender
from include.fetch.asking import ask_all, open_sender, summary
from include.fetch.ranges import Range, RereadSettings, batches, is_hourly, oldest_of_interest, ranges, reread_window
from include.landing import Location, Run
from include.openmeteo.client import MAX_DAYS, MAX_LOCATIONS, OpenMeteoClient, by_dataset
from include.registry import Facility, Phase, chosen, known_facilities, newest_air_quality_hours, newest_weather_hours
from include.settings import Settings
from include.windows import HOUR, Window

log = logging.getLogger(__name__)

# One question for each of its parts: the locations, and the labels asked for.
Ask = Callable[[OpenMeteoClient, tuple[Location, ...], Window], list[Callable[[], Answer]]]


def fetch_weather(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land weather for the window, settled days from the archive and newer ones from the forecast.

    Raises `BodyInvalid`, `BudgetExhausted`, `SourceUnavailable`, `LandingUnavailable`, `TrinoUnavailable`; of several
    failures the worst, after everything else has landed.
    """
    return _fetch(settings, window, open_sender(settings, run, clock or Clock()), newest_weather_hours, ask_weather)


def fetch_air_quality(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land air quality for the window. Raises what `fetch_weather` raises."""
    return _fetch(settings, window, open_sender(settings, run, clock or Clock()), newest_air_quality_hours, ask_air_quality)


def ask_weather(client: OpenMeteoClient, locations: tuple[Location, ...], labels: Window) -> list[Callable[[], Answer]]:
    """Return the questions for weather."""
    parts = by_dataset(labels, client.sender.clock.now())
    return [partial(client.weather, dataset, locations, part) for dataset, part in parts]


def ask_air_quality(client: OpenMeteoClient, locations: tuple[Location, ...], labels: Window) -> list[Callable[[], Answer]]:
    """Return the question for air quality."""
    return [partial(client.air_quality, locations, labels)]


def land_hours(
    client: OpenMeteoClient,
    settings: RereadSettings,
    window: Window,
    facilities: Sequence[Facility],
    newest: Mapping[str, datetime],
    ask: Ask,
) -> dict[str, Any]:
    """Ask for these facilities' coordinates; `newest` is the newest label that Bronze has, by location id."""
    sender = client.sender
    # Two sites may share coordinates.
    locations = {place.location_id: place for facility in facilities if (place := facility.location)}
    base = reread_window(window, sender.run.run_type, settings)
    parts = ranges(locations, base, newest, settings.pv_max_gap_days)
    ask_all(
        question for keys, labels in _groups(parts) for question in ask(client, tuple(locations[key] for key in keys), labels)
    )
    return summary(sender, locations=len(locations), resolved=[f"{len(part.keys)} from {part.window}" for part in parts])


def _fetch(
    settings: Settings,
    window: Window,
    sender: Sender,
    newest_labels: Callable[[Settings, datetime], Mapping[str, datetime]],
    ask: Ask,
) -> dict[str, Any]:
    # No weather for what does not run yet; for what has ended in a backfill only.
    phases: tuple[Phase, ...] = ("running",) if is_hourly(window, sender.run.run_type) else ("running", "ended")
    facilities = chosen(known_facilities(settings, sender.landing), settings.pv_facilities, phases)
    _log_missing(facilities, window)
    is_looked_up = facilities and is_hourly(window, sender.run.run_type)
    newest = newest_labels(settings, oldest_of_interest(window, settings)) if is_looked_up else {}
    return land_hours(OpenMeteoClient(settings, sender), settings, window, facilities, newest, ask)


def _groups(parts: list[Range]) -> Iterator[tuple[tuple[str, ...], Window]]:
    for part in parts:
        # An hour H needs the labels H and H+1: radiation of the hour ends there, temperature is the mean of both.
        for piece in Window(part.window.start, part.window.end + HOUR).split(MAX_DAYS):
            for keys in batches(part.keys, MAX_LOCATIONS):
                yield keys, piece


def _log_missing(facilities: list[Facility], window: Window) -> None:
    if not facilities:
        log.warning(
            "%s: no facility to ask for, nothing was asked. Weather waits for the registry, which ingest_oe_bronze lands; "
            "that needs OPEN_NEM_PRIMARY", window,
        )  # fmt: skip
        return
    unplaced = [facility.code for facility in facilities if facility.location is None]
    if unplaced:
        log.warning("%s: no weather for %s, the registry has no coordinates", window, ", ".join(unplaced))
