"""MLflow's users and what they may do: set inside the server when it starts, before its first answer.

The server is told of this file as gunicorn's configuration (`--config python:infra.services.mlflow_users`), so names below
that are gunicorn's are its settings. Passwords come from the environment, which is the server's own (`mlflow.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

ADMIN, WRITER, SCIENTIST, READER = "admin", "writer", "scientist", "reader"
WORKSPACE = "default"

EVERY = "*"
PLANT_ENERGY = "plant-energy"
"""The registered model that the DAG `fit_plant_models` keeps."""

Permissions = dict[tuple[str, str], str]
"""Permission by kind of thing and name of one, or `EVERY` of that kind."""

ROLES: dict[str, Permissions] = {
    # Who may use the workspace may create experiments and models in it, and delete those again.
    # MANAGE, because to remove an alias takes the right to delete; of its own model alone, also where somebody else created it.
    WRITER: {("workspace", EVERY): "USE", ("experiment", EVERY): "EDIT", ("registered_model", PLANT_ENERGY): "MANAGE"},
    SCIENTIST: {("workspace", EVERY): "USE", ("experiment", EVERY): "EDIT", ("registered_model", EVERY): "EDIT"},
    READER: {("experiment", EVERY): "READ", ("registered_model", EVERY): "READ"},
}
"""A user each, whose role has the user's name."""

timeout = 120
"""Seconds without a sign of life after which gunicorn ends the process that serves: its start takes some on a busy machine."""
threads = 8
"""Requests at once: a long upload must not keep others, and the health check, waiting."""


def variable(user: str) -> str:
    """Environment variable of a user's password; the administrator's is MLflow's own."""
    return f"MLFLOW_AUTH_{user.upper()}_PASSWORD"


def post_worker_init(worker: Any) -> None:
    """Set the users; gunicorn calls it in the process that serves, which has MLflow's database open by then."""
    from mlflow.server.auth import store

    ensure_users(store, os.environ)


def ensure_users(store: Any, env: Mapping[str, str]) -> None:
    """Create the users and roles that are not there; set everybody's password, and what the roles may do."""
    for name in (ADMIN, *ROLES):
        known = store.update_user if store.has_user(name) else store.create_user
        known(name, password=env[variable(name)], is_admin=name == ADMIN)
    existing = {role.name: role for role in store.list_roles([WORKSPACE])}
    for name, permissions in ROLES.items():
        role = existing.get(name) or store.create_role(name, WORKSPACE)
        _ensure_permissions(store, role.id, permissions)
        user = store.get_user(name)
        if role.id not in {other.id for other in store.list_user_roles(user.id)}:
            store.assign_role_to_user(user.id, role.id)


def _ensure_permissions(store: Any, role_id: int, wanted: Permissions) -> None:
    left = dict(wanted)
    for found in store.list_role_permissions(role_id):
        what = (found.resource_type, found.resource_pattern)
        if left.get(what) == found.permission:
            del left[what]
        else:
            store.remove_role_permission(found.id)
    for (kind, pattern), permission in left.items():
        store.add_role_permission(role_id, kind, pattern, permission)
