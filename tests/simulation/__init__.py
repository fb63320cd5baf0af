"""A simulated year of the country's solar farms in which every lost MWh has a known cause: what the losses are measured in.

The stand-in's world (`infra/upstream/world/`) without a server; nothing here is collected by pytest.
`python -m tests.simulation SEED` prints the scores.
"""
