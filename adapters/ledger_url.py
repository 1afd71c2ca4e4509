"""Where the ledger lives: a file of its own, or a database of a PostgreSQL server that is reached safely."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters.mqtt_settings import is_loopback
from domain.errors import GiveUp

POSTGRESQL = "postgresql+psycopg"
EXAMPLE = "postgresql://user:password@host/database"


def url_of(place: str | Path) -> URL:
    """A database address as it is; anything else is the path of an SQLite file. Raises GiveUp where no ledger can be.

    No sentence holds a password.
    """
    if not isinstance(place, str) or "://" not in place:
        url = URL.create("sqlite", database=str(place))
    else:
        url = parsed(place)
    if url.database in (None, "", ":memory:"):
        raise GiveUp(f"The ledger address {shown(url)} names no database; a ledger must outlive its process.")
    return url


def parsed(place: str) -> URL:
    """The parts of an address. Raises GiveUp."""
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise GiveUp(f"The ledger's address cannot be read; write it like {EXAMPLE}, odd characters as %40.") from None
    match url.drivername:
        case "postgresql" | "postgres" | "postgresql+psycopg":
            check_way(url)
            return url.set(drivername=POSTGRESQL)
        case "sqlite":
            return url
        case other:
            raise GiveUp(f"The ledger cannot live in {other}; give a file or a postgresql:// address.")


def check_way(url: URL) -> None:
    """Nothing, or GiveUp where it is left to luck whether others can read what travels."""
    if "sslmode" not in url.query and not all(is_here(host) for host in hosts(url)):
        raise GiveUp(
            f"The ledger's server {', '.join(hosts(url))} is on another machine; add ?sslmode=verify-full to its "
            "address (or ?sslmode=disable on a network that you trust)."
        )


def hosts(url: URL) -> list[str]:
    """The servers that an address names; none = this machine's socket."""
    asked = url.query.get("host", ())
    return [name for name in (url.host, *((asked,) if isinstance(asked, str) else asked)) if name]


def is_here(host: str) -> bool:
    """It is this machine: a folder with a socket, or a loopback address."""
    return host.startswith("/") or is_loopback(host.partition(":")[0] if host.count(":") == 1 else host)


def shown(url: URL) -> str:
    """The address for people, without password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database or "sqlite://")
    where = ", ".join(hosts(url)) or "this machine"
    return f"{where}{f':{url.port}' if url.port else ''}/{url.database or ''}"
