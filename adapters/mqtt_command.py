"""Commands out: each goes to `devices/DEVICE/commands/NAME`, and is done when the broker has it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

from adapters.mqtt_settings import MqttSettings
from domain.counts import Counts
from domain.errors import TryLater

VERSIONS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}


@dataclass(slots=True)
class MqttCommands:
    """Sends one command at QoS 1. Losing one is harmless: whoever sends it waits for the device's word."""

    settings: MqttSettings
    counts: Counts = field(default_factory=Counts)

    def send(self, device: str, name: str, said: Mapping[str, Any]) -> None:
        """Publish, and return once the broker has acknowledged it. Raises TryLater."""
        self.counts.received += 1
        try:
            asyncio.run(self.publish(f"devices/{device}/commands/{name}", json.dumps(said).encode()))
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            self.counts.failed += 1
            raise TryLater(
                f"A command did not reach {self.settings.address} ({error}); check the address, and that this user may "
                "publish to devices/+/commands/#."
            ) from None
        self.counts.kept += 1

    async def publish(self, topic: str, payload: bytes) -> None:
        """One message over one connection."""
        settings = self.settings
        async with aiomqtt.Client(
            settings.host,
            settings.port,
            identifier=f"{settings.client_id}-commands",
            protocol=VERSIONS[settings.version],
            username=settings.username or None,
            password=settings.read_password() or None,
            tls_context=settings.tls_context(),
            timeout=settings.connect_timeout_seconds,
        ) as client:
            await client.publish(topic, payload, qos=1)
