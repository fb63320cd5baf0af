"""What can go wrong between a source and landing, named for whoever reads the failed task.

Airflow decides by class whether a retry can help: the three `…Unavailable` and `ClockWrong` are worth one, the others are not.
"""

# ruff: noqa: N818 - named for what happened, as the person reading a failed task would say it


class LakehouseError(Exception):
    """Anything this library raises on purpose."""


class SourceRefused(LakehouseError):
    """The source answered 401 or 403 to every key there is; a retry cannot help, a new key can."""


class KeyMissing(SourceRefused):
    """No usable key is set; the message names the variable."""


class FacilityUnknown(LakehouseError):
    """PV_FACILITIES names a code that the registry does not have; a retry cannot help, another code can."""


class BodyInvalid(LakehouseError):
    """The source answered something that cannot be read, or refused the request as wrong; names envelope and JSON path."""


class BudgetExhausted(LakehouseError):
    """The day's credits would not cover the request; nothing was sent."""


class SourceUnavailable(LakehouseError):
    """The source could not be reached or kept failing (5xx, time-out, 429); worth a task retry, names the envelope."""


class ClockWrong(LakehouseError):
    """Our clock and the source's differ; the answer was not landed. Worth a task retry: clocks are set again."""


class QuotaSpent(SourceUnavailable):
    """The source asks for a wait that would hold up the hourly runs; worth a task retry when its hour is over."""


class LandingUnavailable(LakehouseError):
    """The landing store could not be written or read; worth a task retry."""


class LandingConflict(LakehouseError):
    """Another envelope already has this name; nothing was overwritten."""


class TrinoUnavailable(LakehouseError):
    """The lakehouse could not be asked what it has; worth a task retry."""
