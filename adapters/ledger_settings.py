"""Settings of the ledger: which database keeps tickets, findings and the event log."""

from dataclasses import dataclass, field

from adapters.ledger_url import EXAMPLE, url_of
from domain.errors import GiveUp, WrongFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """Where the ledger lives; roles in processes of their own need PostgreSQL (docs/store-postgresql.md)."""

    url: str = field(default="", repr=False)
    """postgresql://user:password@host/database; better url_file, a file that holds it. Empty: the data directory."""

    def __post_init__(self) -> None:
        if not self.url:
            return
        if "://" not in self.url:
            raise WrongFormat([f"[ledger] url is no address; write it like {EXAMPLE}"])
        try:
            url_of(self.url)
        except GiveUp as mistake:
            raise WrongFormat([f"[ledger] url: {mistake}"]) from None

    @property
    def is_shared(self) -> bool:
        """Several processes may write it."""
        return self.url.startswith("postgres")
