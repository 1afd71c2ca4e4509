"""A dump of a ledger in PostgreSQL, made by PostgreSQL's own program while others work with it."""

import os
import shutil
import subprocess
from glob import glob
from pathlib import Path

from sqlalchemy import URL

from adapters.durable_files import UNFINISHED, sync_directory, sync_file
from adapters.ledger_url import shown, url_of
from domain.errors import GiveUp

PROGRAM = "pg_dump"


def dump_program() -> str | None:
    """The newest installed pg_dump; None without any."""
    installed = sorted(glob(f"/usr/lib/postgresql/*/bin/{PROGRAM}"), key=lambda path: float(path.split("/")[4]))
    return installed[-1] if installed else shutil.which(PROGRAM)


def dump(place: str, target: Path) -> None:
    """Dump the ledger at an address into a new file, whole or not at all. Raises GiveUp with the server's words."""
    program, url = dump_program(), url_of(place)
    if program is None:
        raise GiveUp(
            f"The ledger is in PostgreSQL and {PROGRAM} is not installed; install PostgreSQL's client programs."
        )
    unfinished = target.with_name(target.name + UNFINISHED)
    command = [program, "--format=custom", f"--file={unfinished}", f"--dbname={without_password(url)}"]
    done = subprocess.run(command, env=surroundings(url), capture_output=True, text=True, check=False)
    if done.returncode:
        unfinished.unlink(missing_ok=True)
        said = (done.stderr.strip().splitlines() or ["it did not say why"])[0]
        raise GiveUp(f"{PROGRAM} of the ledger at {shown(url)} failed: {said}; repair that and take the backup again.")
    unfinished.chmod(0o600)
    sync_file(unfinished)
    unfinished.rename(target)
    sync_directory(target.parent)


def without_password(url: URL) -> str:
    """The address as others on this machine may see it in the list of processes."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def surroundings(url: URL) -> dict[str, str]:
    """The environment of the program, which holds the password."""
    return {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
