"""A simulated year of the country's solar farms in which every lost MWh has a known cause: what the losses are measured in.

Seeded numpy; nothing here is collected by pytest or served by the stand-in. `python -m tests.simulation SEED` prints the scores.
"""
