"""`truckroll source`: what the messages of a broker would become, without keeping any."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import typer

from adapters.mqtt import MqttSource
from adapters.sparkplug_wire import read
from adapters.system_clock import SystemClock
from domain.batch import Batch
from domain.entries import Entry, Kind, Page
from domain.errors import Unknown
from domain.instants import SECOND, instant_text
from ingest.decode import Decoder
from ingest.sources import Sources, sources_entry
from truckroll.cli.options import AsJson, Config, settings_from
from truckroll.settings import Settings
from truckroll.sparkplug import following, nobody_asks


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Where messages come from and what they mean.", no_args_is_help=True)
    group.command("try")(try_source)
    app.add_typer(group, name="source")


def try_source(
    name: Annotated[str | None, typer.Argument(help="Only this source.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Listen so long.")] = 30,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Listen read-only and show what each message would become. Nothing is kept and no session is left behind."""
    settings = settings_from(config)
    seen = 0
    for shown in listen(settings, filters(settings.sources, name), seconds):
        seen += 1
        print(json.dumps(shown, ensure_ascii=False) if as_json else line_of(shown), flush=True)
    if not as_json:
        print(f"{seen} messages in {seconds:g} s.")


def filters(sources: Sources, name: str | None) -> tuple[str, ...]:
    """The subscriptions of all sources, or of the one of that name. Raises Unknown."""
    if name is None:
        return sources.subscriptions()
    if name not in sources.by_name:
        raise Unknown("source", name, ", ".join(sources.by_name))
    return Sources([], [sources.by_name[name]]).subscriptions()


def listen(settings: Settings, topics: tuple[str, ...], seconds: float) -> Iterator[dict[str, Any]]:
    """Each message that arrives, decoded. The connection is a guest's: clean session, an id of its own."""
    clock = SystemClock()
    controls = [(0, Entry(Kind.CONTROL, 0, "sources", sources_entry(settings.sources)))]
    decoder = Decoder(controls, settings.limits, read)
    position = 0
    guest = replace(settings.mqtt, client_id=f"{settings.mqtt.client_id}-try", topics=topics, keeps_session=False)
    until = clock.now() + int(seconds * SECOND)
    with MqttSource(guest, clock) as mqtt:
        source = following(mqtt, settings.sources, (), settings.limits, nobody_asks)
        while (left := until - clock.now()) > 0:
            deliveries = source.take(min(0.5, left / SECOND))
            source.acknowledge(deliveries)
            for delivery in deliveries:
                position += 1
                batch = decoder.decode([Page(position, [delivery.entry])])
                if batch.rejects or len(batch.position):
                    yield shown(batch, delivery.entry)


def shown(batch: Batch, entry: Entry) -> dict[str, Any]:
    """What one message becomes."""
    if batch.rejects:
        reject = batch.rejects[0]
        return {"topic": entry.topic, "quarantine": reject.reason, "detail": reject.detail}
    return {
        "topic": entry.topic,
        "device": " ".join(batch.devices),
        "at": [instant_text(int(at)) for at in batch.item_at],
        "values": {
            batch.metrics[m]: batch.states[s] if s >= 0 else float(v)
            for m, v, s in zip(batch.metric, batch.value, batch.state, strict=True)
        },
        "events": [f"{e.event} {e.code}".strip() for e in batch.events],
        "retained": entry.retained,
    }


def line_of(message: dict[str, Any]) -> str:
    """One message on one line."""
    if "quarantine" in message:
        return f"✗ {message['topic']}  {message['quarantine']}: {message['detail']}"
    values = "  ".join(f"{k}={v}" for k, v in message["values"].items())
    return f"✓ {message['topic']}  {message['device']}  {message['at'][0]}  {values} {' '.join(message['events'])}"
