"""Why a plant made less than expected: each hour's shortfall split into causes, an identity that leaves nothing over.

Pure functions on arrays of one region's plants; who reads tables and who writes them is elsewhere. Terms follow IEC 61724-3.
"""
