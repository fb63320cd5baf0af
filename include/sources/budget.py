"""OpenElectricity's daily credits: counted before they are spent, so that a plan's limit is never found by being refused.

Blind spot: envelopes that landed but are not in Bronze yet, as those of a run beside this one, are not counted.
"""

from dataclasses import dataclass, field
from datetime import datetime

from include.errors import BudgetExhausted
from include.lakehouse import select
from include.settings import Settings
from include.sources.records import OPENELECTRICITY, names, of_family
from include.windows import iso_utc

# What backfills may use of a day. The hourly runs of all 110 farms need about 8 requests x 24 = 192 of 500 credits,
# their retries and repeats some more; the rest is for catching up.
BACKFILL_SHARE = 0.6


@dataclass
class Budget:
    """Credits of one UTC day; `spent` starts with what others have used."""

    limit: float
    spent: float
    reason: str = field(default="OPEN_NEM_DAILY_CREDITS")

    @property
    def left(self) -> float:
        """Credits that may still be spent."""
        return max(0.0, self.limit - self.spent)

    @property
    def spare(self) -> float:
        """Credits that may be spent on what can wait: the hourly runs' share stays."""
        return max(0.0, self.limit * BACKFILL_SHARE - self.spent)

    def spend(self, credits: float) -> None:
        """Count credits that are about to be spent. Raises `BudgetExhausted` where they are not there."""
        if self.spent + credits > self.limit:
            raise BudgetExhausted(
                f"OpenElectricity: {self.spent:g} of {self.limit:g} credits of this UTC day are used ({self.reason}); "
                "nothing more is asked before 00:00 UTC. Run it again then, or raise OPEN_NEM_DAILY_CREDITS if the plan allows"
            )
        self.spent += credits


def open_budget(settings: Settings, daily_credits: int, run_type: str, now: datetime) -> Budget:
    """Return the budget of a run that starts now; a backfill stops at its share of the day."""
    spent = credits_spent(settings, now)
    if run_type == "backfill":
        return Budget(daily_credits * BACKFILL_SHARE, spent, f"a backfill's share of OPEN_NEM_DAILY_CREDITS={daily_credits}")
    return Budget(daily_credits, spent, f"OPEN_NEM_DAILY_CREDITS={daily_credits}")


def open_side_budget(settings: Settings, daily_credits: int, now: datetime) -> Budget:
    """Return the budget of a source that is asked beside generation: the share of the day that hourly runs need is not touched.

    So a source that has to be asked again and again, because it fails, never spends the credits of generation.
    """
    reason = f"{BACKFILL_SHARE:.0%} of OPEN_NEM_DAILY_CREDITS={daily_credits}; the rest is generation's"
    return Budget(daily_credits * BACKFILL_SHARE, credits_spent(settings, now), reason)


def credits_spent(settings: Settings, now: datetime) -> float:
    """Return the credits that Bronze knows of for the UTC day of `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    charged = names(*of_family(OPENELECTRICITY.name))
    rows = select(
        settings,
        "SELECT coalesce(sum(credits), 0e0) FROM bronze.api_requests"  # noqa: S608  question marks only
        f" WHERE source IN ({', '.join('?' * len(charged))}) AND fetched_at >= from_iso8601_timestamp(?)",
        [*charged, iso_utc(midnight)],
    )
    return float(rows[0][0]) if rows else 0.0
