"""Users of Airflow's web page and REST API where it has roles (AIRFLOW_AUTH=fab): `python -m infra.native.airflow_users`.

Runs in a process of its own with Airflow's environment; passwords come from the settings, never from arguments.
"""

from __future__ import annotations

from include.settings import Settings, read_settings

VIEWER = "viewer"


def users(settings: Settings) -> dict[str, tuple[str, str]]:
    """(role, password) by user name; the roles are the auth manager's own."""
    return {
        settings.airflow_admin_user: ("Admin", settings.secret("airflow_admin_password")),
        VIEWER: ("Viewer", settings.secret("airflow_viewer_password")),
    }


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


if __name__ == "__main__":
    ensure_users(read_settings())
