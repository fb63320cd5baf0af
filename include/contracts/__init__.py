"""Contracts: one YAML file per table, from which DDL, Spark schemas and the dictionary come, and per view what it means.

Belongs here: what a table or view must look like. Does not: what is done to its rows.
"""

from include.contracts.contract import Column, ContractError, TableContract, gold_columns, load, load_all
from include.contracts.view import ViewContract, load_views

__all__ = ["Column", "ContractError", "TableContract", "ViewContract", "gold_columns", "load", "load_all", "load_views"]
