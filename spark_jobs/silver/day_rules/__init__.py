"""Rules over whole days, of one unit or of all of a network at once: a file for each, pure functions on arrays.

What a unit's own consecutive hours show is in `run_rules.py`; reading Bronze and writing findings are elsewhere.
"""
