"""What a plant should have made under the weather of an hour: physics, a fit to its own history, a prior where there is none.

Pure functions on arrays of one plant; who reads tables and who writes them is elsewhere. Terms follow IEC 61724-1.
"""
