"""Shares of a unit's capacity that Silver's rules on generation share.

Hours have a length of 1, so a capacity in MW is also the energy in MWh that a unit can make in one.
"""

REJECT_ABOVE_CAPACITY = 1.5
"""Good data tops out at 1.003 of the maximum capacity; a registry that is a third behind an extension still passes. The known
defect doubles values, which lies above this in every hour above three quarters of capacity."""

FLAG_ABOVE_CAPACITY = 1.05
"""Five per cent above the 0.3 % of good data: meter and registry rounding stay below."""

NEGLIGIBLE_SHARE_OF_CAPACITY = 0.005
"""Night consumption and its metering noise are within 0.1 MW (0.1 % of a 100 MW farm), auxiliary load within 0.5 %."""

LIMIT_WITHOUT_CAPACITY_MWH = 1000.0
"""Twice the largest solar unit of Australia: what a unit of unknown capacity cannot make in an hour."""
