"""Table contracts: one YAML file per table, from which DDL, Spark schemas and the dictionary come.

Belongs here: what a table must look like. Does not: what is done to its rows.
"""

from include.contracts.contract import Column, ContractError, TableContract, gold_columns, load, load_all

__all__ = ["Column", "ContractError", "TableContract", "gold_columns", "load", "load_all"]
