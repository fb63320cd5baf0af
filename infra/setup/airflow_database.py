"""Airflow's own database, `python -m infra.setup.airflow_database`: this version's schema, and the users of page and REST API.

Runs in a process of its own with Airflow's environment; passwords come from the settings, never from arguments.
"""

from __future__ import annotations

import psycopg
from werkzeug.security import check_password_hash

from include.settings import Settings, read_settings
from infra.services import databases

VIEWER = "viewer"
STORED = """
    SELECT username, ab_role.name, password
    FROM ab_user JOIN ab_user_role ON ab_user_role.user_id = ab_user.id JOIN ab_role ON ab_role.id = ab_user_role.role_id
"""


def users(settings: Settings) -> dict[str, tuple[str, str]]:
    """(role, password) by user name; the roles are the auth manager's own."""
    return {
        settings.airflow_admin_user: ("Admin", settings.secret("airflow_admin_password")),
        VIEWER: ("Viewer", settings.secret("airflow_viewer_password")),
    }


def users_are_set(settings: Settings) -> bool:
    """Whether the database has everybody with today's password and role already: Airflow itself takes ten seconds to find out."""
    try:
        with databases.connect(settings, database="airflow") as connection:
            stored = connection.execute(STORED).fetchall()
    except psycopg.errors.UndefinedTable:
        return False
    return is_as_wanted([(str(name), str(role), str(hashed)) for name, role, hashed in stored], users(settings))


def is_as_wanted(stored: list[tuple[str, str, str]], wanted: dict[str, tuple[str, str]]) -> bool:
    """Whether everybody wanted is among (name, role, hashed password) with that role alone and that password."""
    for name, (role, password) in wanted.items():
        own = [(its_role, hashed) for user, its_role, hashed in stored if user == name]
        if [its_role for its_role, _ in own] != [role] or not check_password_hash(own[0][1], password):
            return False
    return True


def ensure_users(settings: Settings) -> None:
    """Create the users that are not there, and set everybody's password and role to what the settings say."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        security = builder.sm
        for name, (role_name, password) in users(settings).items():
            role = security.find_role(role_name)
            user = security.find_user(username=name)
            if user is None:
                user = security.add_user(name, name, "lakehouse", f"{name}@localhost", role, password)
            else:
                user.roles = [role]
                security.update_user(user)
                security.reset_password(user.id, password)
            if not user:
                raise RuntimeError(f"Airflow did not take the user {name}")


def main() -> None:
    """Both in one process: starting Airflow's command line for the first would take as long again."""
    from airflow.utils import db

    db.upgradedb()
    ensure_users(read_settings())


if __name__ == "__main__":
    main()
