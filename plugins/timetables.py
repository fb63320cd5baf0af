"""When runs happen and which hours they are for: explicit data intervals, aligned to whole hours, days or months.

A bare cron string would do neither: in Airflow 3 its intervals have no width. What a run makes of its interval is in
`plugins.windows`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow._shared.timezones.timezone import coerce_datetime, parse_timezone, utcnow
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable

from include.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pendulum import DateTime


# Between the machine that took a date from its clock and this one.
CLOCK_SKEW = timedelta(minutes=1)


class WholeIntervals(CronDataIntervalTimetable):
    """Intervals from one tick of a cron expression to the next, the end moved by `trailing`."""

    trailing = timedelta(0)

    def containing(self, instant: datetime) -> DataInterval:
        """Return the interval whose untrailed part an aware instant lies in."""
        return self._from(self._align_to_prev(coerce_datetime(instant)))

    def last_complete(self, at: datetime) -> DataInterval:
        """Return the newest interval that is over at an aware instant."""
        interval = self.containing(at)
        while interval.end > at:
            interval = self._from(self._get_prev(interval.start))
        return interval

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """Return the interval for a run somebody asked for by date.

        The REST API and the UI pass the date they were given: its interval. The command line passes the clock instead
        (`airflow dags trigger -l X`), and what contains the clock is never over: the last complete one.
        `plugins.windows` refuses the latter when it is not the one that was asked for.

        Raises ValueError, which the REST API and the UI show, for a date in the future: such a run would wait for ever.
        """
        interval, now = self.containing(run_after), utcnow()
        if run_after > now + CLOCK_SKEW:
            raise ValueError(
                f"Logical date {run_after.isoformat()} is in the future; leave it empty for the last complete interval"
            )
        return interval if interval.end <= now else self.last_complete(now)

    def _from(self, start: DateTime) -> DataInterval:
        return DataInterval(start, self._get_next(start) + self.trailing)


class HourlyAfter(WholeIntervals):
    """One run for each clock hour, `minutes` after its end. Honours `PV_SCHEDULE_FROM`."""

    def __init__(self, minutes: int) -> None:
        super().__init__("0 * * * *", "UTC")
        self.minutes = minutes
        self.description = f"Every hour, {minutes} minutes after its end"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HourlyAfter) and self.minutes == other.minutes

    def __hash__(self) -> int:
        return hash((type(self), self.minutes))

    @property
    def summary(self) -> str:
        """Shown in the list of DAGs."""
        return f"hourly at :{self.minutes:02d}"

    def serialize(self) -> dict[str, Any]:
        """Return what `deserialize` needs, as JSON."""
        return {"minutes": self.minutes}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> HourlyAfter:
        """Rebuild from `serialize`."""
        return cls(data["minutes"])

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the hour after the last one. A backfill walks with `catchup` on and is not bound by the setting."""
        if not restriction.catchup:
            restriction = restriction._replace(earliest=_not_before_setting(restriction.earliest))
        info = super().next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=restriction)
        return _after(info, self.minutes)


class TimesOfDay(WholeIntervals):
    """One run for each stretch between some hours of a UTC day, `minutes` after its end, while a setting is on.

    Honours `PV_SCHEDULE_FROM`. `setting` is an attribute of the settings; while it is false the scheduler starts nothing.
    """

    def __init__(self, hours: Sequence[int], minutes: int, setting: str) -> None:
        super().__init__(f"0 {','.join(map(str, hours))} * * *", "UTC")
        self.hours, self.minutes, self.setting = tuple(hours), minutes, setting
        self.description = f"{self.summary}, while {setting.upper()} is on"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimesOfDay) and self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash((type(self), self.hours, self.minutes, self.setting))

    @property
    def summary(self) -> str:
        """Shown in the list of DAGs."""
        return "at " + ", ".join(f"{hour:02d}:{self.minutes:02d}" for hour in self.hours)

    def serialize(self) -> dict[str, Any]:
        """Return what `deserialize` needs, as JSON."""
        return {"hours": list(self.hours), "minutes": self.minutes, "setting": self.setting}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> TimesOfDay:
        """Rebuild from `serialize`."""
        return cls(data["hours"], data["minutes"], data["setting"])

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the stretch after the last one, None while the setting is off. Not for backfills: runs look back themselves."""
        if not getattr(read_settings(), self.setting):
            return None
        restriction = restriction._replace(earliest=_not_before_setting(restriction.earliest))
        info = super().next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=restriction)
        return _after(info, self.minutes)


class BackfillOnly(WholeIntervals):
    """Days or months of a network's time that the scheduler never starts by itself.

    `cron` is read at the fixed `utc_offset`. `trailing_hours` prolongs each interval, so that a day of NEM also covers the
    same day of networks further west.
    """

    def __init__(self, cron: str, utc_offset: timedelta, trailing_hours: int = 0) -> None:
        super().__init__(cron, parse_timezone(int(utc_offset.total_seconds())))
        self.utc_offset = utc_offset
        self.trailing = timedelta(hours=trailing_hours)
        self.description = f"Only by backfill or by hand; intervals: {self.description}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BackfillOnly) and self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash((type(self), self._expression, self.utc_offset, self.trailing))

    @property
    def summary(self) -> str:
        """Shown in the list of DAGs."""
        return "backfill only"

    def serialize(self) -> dict[str, Any]:
        """Return what `deserialize` needs, as JSON."""
        return {
            "cron": self._expression,
            "utc_offset_seconds": int(self.utc_offset.total_seconds()),
            "trailing_hours": self.trailing // timedelta(hours=1),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> BackfillOnly:
        """Rebuild from `serialize`."""
        return cls(data["cron"], timedelta(seconds=data["utc_offset_seconds"]), data["trailing_hours"])

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return None to the scheduler (it asks with `catchup` off), the next interval to a backfill."""
        if not restriction.catchup:
            return None
        info = super().next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=restriction)
        if info is None or info.data_interval is None:
            return None
        interval = self._from(info.data_interval.start)
        return DagRunInfo(run_after=interval.end, data_interval=interval)


def _after(info: DagRunInfo | None, minutes: int) -> DagRunInfo | None:
    """Return the run of an interval, some minutes after its end."""
    if info is None or info.data_interval is None:
        return None
    return DagRunInfo(run_after=info.data_interval.end + timedelta(minutes=minutes), data_interval=info.data_interval)


def _not_before_setting(earliest: DateTime | None) -> DateTime | None:
    schedule_from = read_settings().pv_schedule_from
    if schedule_from is None:
        return earliest
    bound = coerce_datetime(schedule_from)
    return bound if earliest is None else max(earliest, bound)
