"""What the outbox is made of, as the configuration says."""

from collections.abc import Mapping

from adapters.ledger_sql import SqlLedger
from adapters.notify_sms import SmsGateway
from adapters.notify_smtp import SmtpNotifier
from adapters.notify_webhook import WebPoster
from domain.outgoing import Address
from domain.ports import Clock, Notifier
from ingest.health import Health
from ticketing.addresses import read_addresses
from truckroll.outbox import Outbox
from truckroll.settings import Settings


def poster_of(settings: Settings) -> WebPoster:
    """Who sends HTTP requests."""
    return WebPoster(settings.out.guard, settings.out.timeout_seconds)


def outbox_of(settings: Settings, ledger: SqlLedger, clock: Clock, health: Health) -> Outbox:
    """The service's outbox. Raises WrongFormat, OSError for the file of addresses."""
    poster = poster_of(settings)
    notifiers: dict[str, Notifier] = {}
    if settings.mail.host:
        notifiers["email"] = SmtpNotifier(settings.mail)
    if settings.out.sms_url:
        notifiers["sms"] = SmsGateway(settings.out.sms_url, settings.out.sms_secret, poster, clock)
    return Outbox(
        ledger=ledger,
        clock=clock,
        health=health,
        poster=poster,
        notifiers=notifiers,
        addresses=load_addresses(settings).get,
        patience=settings.out.patience,
    )


def load_addresses(settings: Settings) -> Mapping[str, Address]:
    """How people are reached, by person. Raises WrongFormat, OSError."""
    if not settings.out.addresses:
        return {}
    path = settings.home / settings.out.addresses
    return read_addresses(str(path), path.read_text(encoding="utf-8"))
