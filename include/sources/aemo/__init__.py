"""AEMO, the operator of the National Electricity Market: its public folder NEMWEB. No key, files once a day."""
