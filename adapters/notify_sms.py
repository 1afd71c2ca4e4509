"""Short messages: handed to a gateway that speaks HTTP, signed like a webhook."""

from dataclasses import dataclass

from adapters.notify_formats import accepted, packed, signed
from domain.instants import instant_text
from domain.outgoing import Letter, WebhookFormat
from domain.ports import Clock, Poster


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """The port `domain.ports.Notifier` over a gateway: `{"id", "to", "text", "ticket", "at"}`."""

    url: str
    secret: str
    poster: Poster
    clock: Clock

    async def send(self, letter: Letter) -> str:
        """Hand it over. Raises TryLater, GiveUp."""
        now = self.clock.now()
        body = packed(
            {
                "id": letter.key,
                "to": letter.to,
                "text": letter.subject,
                "ticket": letter.ticket,
                "at": instant_text(letter.at),
            }
        )
        reply = await self.poster.post(signed(self.url, self.secret, body, letter.key, now))
        return accepted(reply, WebhookFormat.TRUCKROLL, now)
