"""Curtailment as the market operator's dispatch measured it, plant by plant, in place of any estimate.

In each interval it has what a plant could have made (UIGF) and what it was told to make (TOTALCLEARED): the difference was taken
from it, by its own bid or by the network. Of hours of which the operator said less than all, nothing is measured. Cannot see a
plant that holds itself back within its forecast, nor tell bid from network where no bid was learnt: that is the network's then.

Which of the two took it: a limit of the network lasts for hours, a price crosses the bid within one. So an hour that was capped
in part is the bid's also where its mean price is above it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.losses.hours import INTERVALS_OF_AN_HOUR, ZERO_SHARE, Bools, Floats, RegionHours

LEAST_CURTAILED_SHARE = 0.05
"""Of what a plant could have made; below it is the error of a forecast of five minutes."""
ABOVE_BID_AUD_MWH = 40.0
"""Above the bid by the mean of an hour in some intervals of which the price was below it."""


@dataclass(frozen=True)
class Measured:
    """What the operator's dispatch says of hours; all of shape (plants, hours).

    `is_measured`: it said all of the hour. `is_economic`, `is_network`: it took something, for the plant's bid or for the
    network, `curtailed_mwh` of the hour's shortfall (else 0).
    `is_unavailable`: a short hour in which the plant could or would make nothing. `taken_mwh`: all that it took, to be taken out
    of the region's; 0 where it said nothing.
    """

    is_measured: Bools
    is_economic: Bools
    is_network: Bools
    is_unavailable: Bools
    curtailed_mwh: Floats
    taken_mwh: Floats

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> Measured:
        """Return what is measured where the operator said nothing."""
        no, zero = np.zeros(shape, dtype=bool), np.zeros(shape)
        return cls(no, no, no, no, zero, zero)

    @property
    def is_curtailed(self) -> Bools:
        """Whether the operator took something that counts."""
        return np.asarray(self.is_economic | self.is_network)

    @property
    def is_settled(self) -> Bools:
        """Whether the cause of an hour is known."""
        return np.asarray(self.is_curtailed | self.is_unavailable)


def measured(hours: RegionHours, bid_aud_mwh: Floats) -> Measured:
    """Return what was measured of a region's hours; `bid_aud_mwh` is NaN where none was learnt, shape (plants,)."""
    told = hours.dispatch
    if told is None:
        return Measured.nothing(hours.energy_mwh.shape)
    is_said = np.isfinite(told.uigf_mwh) & np.isfinite(told.curtailed_mwh)
    is_measured = hours.is_known & is_said
    nothing_mwh = ZERO_SHARE * hours.capacity_mw[:, None]
    could_not = (told.uigf_mwh < nothing_mwh) | (told.availability_mwh < nothing_mwh)
    unavailable = is_measured & hours.is_short & could_not
    enough = told.curtailed_mwh > LEAST_CURTAILED_SHARE * told.uigf_mwh
    curtailed = is_measured & hours.is_lit & ~could_not & (told.capped_intervals > 0) & enough & (hours.shortfall_mwh > 0)
    above_aud_mwh = hours.price_aud_mwh - bid_aud_mwh[:, None]
    economic = curtailed & (above_aud_mwh <= np.where(told.capped_intervals < INTERVALS_OF_AN_HOUR, ABOVE_BID_AUD_MWH, 0.0))
    # Also in hours whose energy is missing: the region's figure has it all the same.
    taken = np.where(is_said & ~could_not & hours.is_dispatched[:, None], told.curtailed_mwh, 0.0)
    named = np.where(curtailed, np.minimum(hours.shortfall_mwh, told.curtailed_mwh), 0.0)
    return Measured(is_measured, economic, curtailed & ~economic, unavailable, named, taken)
