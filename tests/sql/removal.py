"""Removes what a test made: tables that are not staging, and schemas, are dropped with the maintenance token only, not by SQL."""

from __future__ import annotations

from contextlib import suppress

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchTableError

from include.settings import read_settings


def _catalog() -> Catalog:
    settings = read_settings()
    token = settings.catalog_maintenance_token.get_secret_value()
    # A catalog that is not the stack's has no such token: there the writer's may drop.
    properties = {"uri": settings.iceberg_rest_uri, "token": token or settings.secret("catalog_writer_token")}
    return load_catalog("removal", type="rest", warehouse=settings.catalog_warehouse, **properties)


def drop_table(name: str) -> None:
    """Drop and purge a table, if it is there."""
    with suppress(NoSuchTableError):
        _catalog().purge_table(name)


def drop_schema(name: str) -> None:
    """Drop a schema with all its tables and views."""
    catalog = _catalog()
    for view in catalog.list_views(name):
        catalog.drop_view(view)
    for table in catalog.list_tables(name):
        catalog.purge_table(table)
    catalog.drop_namespace(name)
