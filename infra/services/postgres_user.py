"""The user that Postgres runs as when the stack is root's, since Postgres refuses root: one that nobody else has.

It is a number without an entry in the machine's list of users; the owner of the data folder's `postgres` says which. Where the
stack is an ordinary user's, Postgres is that user's too.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.settings import Settings
from infra import layout

FREE_IDS = range(60578, 61184)
"""Left unused by distributions and by systemd: its page "Users, Groups, UIDs and GIDs on systemd Systems"."""
LIST_OF_USERS = Path("/etc/passwd")
READ_ALL = "+dac_read_search"


def id_of(settings: Settings) -> int:
    """The number of the user: the cluster's owner's, else one that nobody has on this machine."""
    cluster = settings.pv_data_dir / "postgres"
    if cluster.exists() and (owner := cluster.stat().st_uid) in FREE_IDS:
        return owner
    import psutil  # root's stack only: the image of Postgres does not have it

    taken: set[int] = {user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()}
    taken |= {process.info["uids"].real for process in psutil.process_iter(["uids"])}
    # Two stacks of one machine begin in different places, so that they do not meet while neither runs.
    first = int(hashlib.sha256(os.fsencode(settings.pv_data_dir)).hexdigest(), 16) % len(FREE_IDS)
    in_turn: tuple[int, ...] = (*FREE_IDS[first:], *FREE_IDS[:first])
    return next(number for number in in_turn if number not in taken)


def own(path: Path, number: int) -> None:
    """Give a file, or a folder with all that is in it, to the user; the folder last, so that its owner says that all is done."""
    for folder, _, files in os.walk(path, topdown=False):
        for name in files:
            os.chown(Path(folder, name), number, number, follow_symlinks=False)
        os.chown(folder, number, number)
    if not path.is_dir():
        os.chown(path, number, number)


def prefix(settings: Settings, number: int) -> list[str]:
    """What makes a command this user's: no capability but that of reading where a folder above data or programs is closed."""
    return _setpriv(number, "" if _reaches(settings, number) else f",{READ_ALL}")


def _setpriv(number: int, kept: str) -> list[str]:
    user = [f"--reuid={number}", f"--regid={number}", "--clear-groups", "--no-new-privs"]
    # Postgres looks for its own program by access(2), which takes the capability from who is not root, but for this flag.
    sets = [f"--{name}=-all{kept}" for name in ("bounding-set", "inh-caps", "ambient-caps")]
    return ["setpriv", *user, "--securebits=+no_setuid_fixup", *sets]


def _reaches(settings: Settings, number: int) -> bool:
    """Whether the user gets at Postgres' program and the data folder by the rights of the folders above them."""
    look = [*_setpriv(number, ""), "--", "sh", "-c", '"$0" --version && test -x "$1"']
    where = [str(layout.postgres_bin() / "postgres"), str(settings.pv_data_dir)]
    return subprocess.run([*look, *where], capture_output=True, check=False, cwd="/").returncode == 0


@contextmanager
def listed(number: int) -> Iterator[list[str]]:
    """Prefix for a command that sees the user in the list of users, which initdb insists on: in a mount namespace of its own."""
    try:
        pwd.getpwuid(number)
        yield []
        return
    except KeyError:
        pass
    with tempfile.NamedTemporaryFile("w", prefix="users-") as users:
        users.write(LIST_OF_USERS.read_text(encoding="utf-8").rstrip())
        users.write(f"\npv-postgres:x:{number}:{number}::/:/usr/sbin/nologin\n")
        users.flush()
        Path(users.name).chmod(0o644)
        script = f'mount --bind "$0" {LIST_OF_USERS} && exec "$@"'
        yield ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", script, users.name]
