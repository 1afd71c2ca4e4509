"""PostgreSQL for tests: a real server as a child of this process, under an account of its own, that can be stopped."""

import atexit
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from glob import glob
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import create_engine

from adapters.embedded_broker import LOOPBACK, accepts, free_port
from adapters.ledger_sql import SqlLedger
from tests.conftest import need

START_SECONDS = 30.0
USER = "truckroll"
ACCOUNTS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; then it runs as one of these."""
SORTS_LIKE_PEOPLE = ("--locale=C", "--locale-provider=icu", "--icu-locale=en")
"""Not by bytes, as most servers out there: nothing may rely on the order of texts."""
SETTINGS = {"listen_addresses": LOOPBACK, "unix_socket_directories": "", "fsync": "off", "max_connections": "60"}


def program(name: str) -> str:
    """The newest installed program of that name; skips the test (or fails it) without one."""
    found = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return need(found[-1] if found else name, "postgresql")


def account() -> dict[str, Any]:
    """As whom it runs, for `subprocess`: as ourselves, unless we are root."""
    if os.getuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in ACCOUNTS if name in known)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Postgres:
    """A real server with files and a loopback port of its own; it keeps its port over restarts."""

    def __init__(self) -> None:
        self.program, initdb = program("postgres"), program("initdb")
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.process: subprocess.Popen[bytes] | None = None
        self.databases = (f"db{number}" for number in count())
        self.directory = Path(mkdtemp(prefix="postgres-"))
        self.account = account()
        if self.account:
            os.chown(self.directory, self.account["user"], self.account["group"])
        self.prepare(initdb)

    def prepare(self, initdb: str) -> None:
        """Make the files of a new server."""
        secret = self.directory / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        words = [initdb, "-D", str(self.data), "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-N"]
        done = subprocess.run(
            [*words, "--encoding=UTF8", *SORTS_LIKE_PEOPLE],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
            **self.account,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def data(self) -> Path:
        """Its files."""
        return self.directory / "data"

    def start(self) -> None:
        """Returns once it answers."""
        words = [self.program, "-D", str(self.data), "-p", str(self.port)]
        words += [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*interrupted_with_parent(), *words],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self.account,
            )
        give_up_at = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, (self.directory / "log").read_text()[-2000:]
            assert time.monotonic() < give_up_at, "PostgreSQL did not come up"
            time.sleep(0.02)

    def answers(self) -> bool:
        """It has started: it says so in its file, and takes connections."""
        file = self.data / "postmaster.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        return len(lines) > 7 and lines[7].strip() == "ready" and accepts(self.port)

    def stop(self) -> None:
        """End it with everybody's connections, as a restart for maintenance does."""
        self.end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash would."""
        self.end(signal.SIGQUIT)

    def end(self, number: signal.Signals) -> None:
        """Send a signal and wait."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        """End it, with all that it wrote."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement by itself; returns the rows."""
        engine = create_engine(self.url(database).replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                result = connection.exec_driver_sql(statement)
                return list(result.all()) if result.returns_rows else []
        finally:
            engine.dispose()

    def new_database(self, options: str = "") -> str:
        """The address of a new, empty database."""
        name = next(self.databases)
        self.run(f"CREATE DATABASE {name} {options}")
        return self.url(name)


def interrupted_with_parent() -> list[str]:
    """The prefix of a command that the system interrupts when this process dies; empty where there is no such tool."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []


@cache
def server() -> Postgres:
    """A server for the whole run; ended with this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    running = Postgres()
    stack.callback(running.remove)
    running.start()
    return running


@cache
def schemas() -> Iterator[str]:
    """Names of schemas, each made as it is asked for, in one database: much faster than a database each."""
    return (made(f"s{number}") for number in count())


def made(schema: str) -> str:
    """The address of a new schema."""
    server().run(f"CREATE SCHEMA {schema}")
    return f"{server().url('postgres')}?options=-csearch_path%3D{schema}"


def new_place() -> str:
    """The address of an empty schema on the run's server."""
    return next(schemas())


@cache
def template() -> str:
    """The name of a database that holds an empty ledger."""
    place = server().new_database()
    SqlLedger(place).__enter__().close()
    return place.rpartition("/")[2]


def empty_ledger() -> str:
    """The address of a new ledger, copied from one that was made once."""
    return server().new_database(f"TEMPLATE {template()}")
