"""What a run of whole days without generation is called: nothing, `down`, then `idle`.

Guards against a list in which the two days of a storm stand beside a plant that was never switched on. Two days are nothing; the
third to the sixth are `down`, an outage that somebody works on; from the seventh on the plant is `idle`. Both say that the plant
stood still, not why, and leave the zeros as they are. The run is known by its names: a `down` begins two days after its run did.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from spark_jobs.silver.findings import Finding

RUN = "idle"
"""The run as a whole, as `run_rules.idle_days` finds it, and the name of its last part."""
DOWN = "down"
DOWN_AFTER_HOURS, IDLE_AFTER_HOURS = 2 * 24, 6 * 24
_RUN_BOUND = 24.0


def named(runs: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings as they are stored: in place of a run of zeros its parts that have a name."""
    for run in runs:
        if run.rule != RUN:
            yield run
            continue
        down, idle = run.start + DOWN_AFTER_HOURS, run.start + IDLE_AFTER_HOURS
        if down < run.end:
            yield replace(run, rule=DOWN, start=down, end=min(idle, run.end), bound=float(DOWN_AFTER_HOURS))
        if idle < run.end:
            yield replace(run, start=idle, bound=float(IDLE_AFTER_HOURS))


def whole(stored: Iterable[Finding]) -> list[Finding]:
    """Return stored findings with each run of zeros as one again, from its first day on."""
    found: list[Finding] = []
    run: Finding | None = None
    for part in sorted(stored, key=lambda finding: (finding.plant_id, finding.unit_code, finding.start)):
        if part.rule not in (DOWN, RUN):
            found.append(part)
            continue
        start = part.start - DOWN_AFTER_HOURS if part.rule == DOWN else part.start
        is_next = part.rule == RUN and run is not None and run == replace(part, start=run.start, end=part.start, bound=_RUN_BOUND)
        if run is not None:
            found += [] if is_next else [run]
        run = replace(part, rule=RUN, start=run.start if is_next and run else start, bound=_RUN_BOUND)
    return found if run is None else [*found, run]
