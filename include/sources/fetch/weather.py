"""Fetch weather, air quality and irradiance by satellite for every distinct pair of coordinates in the registry."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from include.registry import (
    Facility,
    Phase,
    chosen,
    former_locations,
    known_facilities,
    newest_labels,
)
from include.settings import Settings
from include.sources.exchange import Answer, Clock, Sender
from include.sources.fetch import history
from include.sources.fetch.asking import ask_all, open_sender, summary
from include.sources.fetch.ranges import (
    REBUILT_BY,
    RESETTLED_DAYS,
    Known,
    Range,
    again,
    batches,
    is_behind,
    is_daily,
    is_hourly,
    oldest_of_interest,
    ranges,
    reread_window,
)
from include.sources.landing import Location, Run
from include.sources.openmeteo.client import MAX_DAYS, MAX_LOCATIONS, OpenMeteoClient, by_dataset
from include.sources.records import AIR_QUALITY, SATELLITE, WEATHER
from include.windows import DAY, HOUR, Window, iso_utc

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stored:
    """What Bronze has of a question: its table, and the column whose value tells that a label was answered."""

    table: str
    measured: str


Former = Mapping[str, Collection[str]]
"""Location ids where the plants of a location stood before."""

NOT_MOVED: Former = MappingProxyType({})
# One question for each of its parts: the locations, and the labels asked for.
Ask = Callable[[OpenMeteoClient, tuple[Location, ...], Window], list[Callable[[], Answer]]]


def fetch_weather(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land weather for the window, settled days from the archive and newer ones from the forecast.

    Raises `BodyInvalid`, `BudgetExhausted`, `SourceUnavailable`, `LandingUnavailable`, `TrinoUnavailable`; of several
    failures the worst, after everything else has landed.
    """
    stored = Stored(WEATHER.table, "shortwave_radiation_w_m2")
    return _fetch(settings, window, open_sender(settings, run, clock or Clock()), stored, ask_weather)


def fetch_air_quality(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land air quality for the window. Raises what `fetch_weather` raises."""
    stored = Stored(AIR_QUALITY.table, "location_id")  # some of its values are null for good
    return _fetch(settings, window, open_sender(settings, run, clock or Clock()), stored, ask_air_quality)


def fetch_satellite(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land irradiance seen by satellite for the window. Raises what `fetch_weather` raises."""
    stored = Stored(SATELLITE.table, "shortwave_radiation_w_m2")
    return _fetch(settings, window, open_sender(settings, run, clock or Clock()), stored, ask_satellite)


def ask_weather(client: OpenMeteoClient, locations: tuple[Location, ...], labels: Window) -> list[Callable[[], Answer]]:
    """Return the questions for weather."""
    parts = by_dataset(labels, client.sender.clock.now())
    return [partial(client.weather, dataset, locations, part) for dataset, part in parts]


def ask_air_quality(client: OpenMeteoClient, locations: tuple[Location, ...], labels: Window) -> list[Callable[[], Answer]]:
    """Return the question for air quality."""
    return [partial(client.air_quality, locations, labels)]


def ask_satellite(client: OpenMeteoClient, locations: tuple[Location, ...], labels: Window) -> list[Callable[[], Answer]]:
    """Return the question for irradiance seen by satellite."""
    return [partial(client.satellite, locations, labels)]


def land_hours(
    client: OpenMeteoClient,
    settings: Settings,
    window: Window,
    facilities: Sequence[Facility],
    known: Known,
    ask: Ask,
) -> dict[str, Any]:
    """Ask for these facilities' coordinates, by location id of `known`."""
    sender = client.sender
    # Two sites may share coordinates.
    locations = {place.location_id: place for facility in facilities if (place := facility.location)}
    base = reread_window(window, sender.run.run_type, settings)
    parts = ranges(locations, base, known.newest, settings.pv_max_gap_days, known.settled_until)
    parts += again({key: wanted for key, wanted in known.again.items() if key in locations}, parts)
    ask_all(
        question for keys, labels in _groups(parts) for question in ask(client, tuple(locations[key] for key in keys), labels)
    )
    return summary(sender, locations=len(locations), resolved=[f"{len(part.keys)} from {part.window}" for part in parts])


def _fetch(
    settings: Settings,
    window: Window,
    sender: Sender,
    stored: Stored,
    ask: Ask,
) -> dict[str, Any]:
    # No weather for what does not run yet; for what has ended in a backfill only.
    phases: tuple[Phase, ...] = ("running",) if is_hourly(window, sender.run.run_type) else ("running", "ended")
    facilities = chosen(known_facilities(settings, sender.landing), settings.pv_facilities, phases)
    _log_missing(facilities, window)
    is_looked_up = facilities and is_hourly(window, sender.run.run_type)
    if not is_looked_up:
        return land_hours(OpenMeteoClient(settings, sender), settings, window, facilities, Known(), ask)
    former = former_locations(settings, facilities) if is_daily(window, sender.run.run_type) else NOT_MOVED
    known = _known(settings, window, sender.run.run_type, stored, former)
    if former:
        places = {*former, *(place for places in former.values() for place in places)}
        firsts = history.first_labels(settings, stored.table, places)
        for line in moved_lines(facilities, former, firsts, window.end - DAY * settings.pv_max_gap_days):
            log.warning("%s", line)
    return land_hours(OpenMeteoClient(settings, sender), settings, window, facilities, known, ask)


def moved_lines(
    facilities: Sequence[Facility], former: Former, firsts: Mapping[str, history.FirstLabel], floor: datetime
) -> list[str]:
    """Return a line with the command for each plant that was moved and whose new place lacks what older runs asked of the former.

    `floor`: from then on it is asked for without a command. Places answered from the same grid cells have the same data.
    """
    lines = []
    for facility in facilities:
        here = facility.location.location_id if facility.location is not None else ""
        mine = firsts.get(here)
        others = [firsts[place] for place in former.get(here, ()) if place in firsts]
        others = [other for other in others if mine is None or not _are_same(mine.cells, other.cells)]
        since = min((other.at for other in others), default=floor)
        until = min(floor, mine.at) if mine is not None else floor
        if since < until:
            command = f"make backfill FROM={REBUILT_BY.local_date(since)} TO={REBUILT_BY.local_date(until) + DAY}"
            lines.append(
                f"{facility.code} was moved: before {iso_utc(until)} it has what was asked for its former coordinates; "
                f"`{command}` asks for the present ones"
            )
    return lines


def _are_same(one: Collection[str], other: Collection[str]) -> bool:
    """Tell whether cells (dataset and coordinates) are the same for each dataset that both have."""
    datasets = {cell.split(" ")[0] for cell in one} & {cell.split(" ")[0] for cell in other}
    return bool(datasets) and all(cell in one for cell in other if cell.split(" ")[0] in datasets)


def _known(settings: Settings, window: Window, run_type: str, stored: Stored, former: Former = NOT_MOVED) -> Known:
    """Look up what an hourly run needs: the newest labels, and where there is a gap or it is the daily run, what lies before."""
    newest = newest_labels(settings, stored.table, oldest_of_interest(window, settings))
    base = reread_window(window, run_type, settings)
    daily = is_daily(window, run_type)
    if not daily and not any(is_behind(key, base, newest) for key in newest):
        return Known(newest)
    reach = settings.pv_max_gap_days
    told = history.labels_told(settings, stored.table, stored.measured, window.end - DAY * (reach + RESETTLED_DAYS))
    settled_until = history.settled_labels_until(told)
    if not daily:
        return Known(newest, settled_until)
    moved = history.weather_moved(told, former, window.end, reach)
    return Known(newest, settled_until, history.both(history.weather_again(told, window.end, reach), moved))


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
