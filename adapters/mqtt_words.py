"""Why the broker cannot be heard, in sentences that say what to do."""

import socket
import ssl
from collections.abc import Iterable

from adapters.mqtt_settings import MqttSettings, reason_of

UNSUPPORTED_VERSION = 0x84
CLIENT_ID_INVALID = 0x85
BAD_LOGIN = (0x86, 0x87)
SERVER_BUSY = (0x88, 0x89, 0x8B)
TAKEN_OVER = 0x8E
PACKET_TOO_LARGE = 0x95


def not_reached(settings: MqttSettings, error: Exception) -> str:
    """No connection came about."""
    where = settings.address
    if isinstance(error, OSError) and error.filename == settings.password_file != "":
        return f"password_file {error.filename} cannot be read ({reason_of(error)}); correct path and rights."
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"The name {settings.host} is not known to the network; correct host, or the network's name service."
    if isinstance(error, ConnectionRefusedError):
        return f"Nobody listens at {where}; start the broker, or correct host and port."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {where} does not convince ({error.verify_message}); check host and ca_file."
    if isinstance(error, ssl.SSLError) or (settings.tls and isinstance(error, ConnectionError)):
        return f"{where} and we found no common TLS ({reason_of(error)}); check that this port speaks TLS."
    if isinstance(error, TimeoutError):
        return silent_at_first(settings)
    return f"{where} cannot be reached ({reason_of(error)}); check the network, host and port."


def silent_at_first(settings: MqttSettings) -> str:
    """The broker let us wait when we came."""
    return f"{settings.address} does not answer; check that an MQTT broker runs there, the network and the firewall."


def gone_silent(settings: MqttSettings, seconds: float) -> str:
    """The broker stopped answering."""
    return f"{settings.address} has said nothing for {seconds:.0f} s; check the broker and the network."


def refused(settings: MqttSettings, code: int, name: str) -> str:
    """The broker does not want us."""
    where = settings.address
    if code in BAD_LOGIN:
        who = f"the user {settings.username}" if settings.username else "a client without user name"
        return f"{where} refuses {who} ({name.lower()}); correct username and password_file, or allow it there."
    if code == UNSUPPORTED_VERSION:
        other = "3.1.1" if settings.version == "5" else "5"
        return f'{where} does not speak MQTT {settings.version}; set version = "{other}".'
    if code == CLIENT_ID_INVALID:
        return f"{where} refuses the client id {settings.client_id}; choose another client_id, or allow it there."
    return f"{where} refuses us ({name.lower()}); look into the broker's log."


def ended(settings: MqttSettings, code: int, name: str) -> str:
    """The connection ended, by the broker's word or without one."""
    where = settings.address
    if code == TAKEN_OVER:
        return f"Another client uses the client id {settings.client_id} at {where}; give each its own client_id."
    if code in SERVER_BUSY:
        return f"{where} is stopping or busy; we come back by ourselves."
    if code < 0x80:
        return f"{where} ended the connection; we come back by ourselves."
    return f"The connection to {where} ended ({name.lower()}); we come back by ourselves."


def ended_at_first(settings: MqttSettings) -> str:
    """The connection ended before the broker said a word."""
    wish = "cert_file and key_file, if it asks for a certificate" if settings.tls else "tls, if it asks for TLS"
    return f"{settings.address} ended the connection at once; check version, and {wish}."


def not_allowed(settings: MqttSettings, topics: Iterable[str]) -> str:
    """The broker let us in, but not listen."""
    who = settings.username or settings.client_id
    return f"{settings.address} does not let {who} subscribe to {', '.join(topics)}; allow it to read them there."


def broken(settings: MqttSettings, error: Exception) -> str:
    """Something was raised that should not have been."""
    return f"The connection to {settings.address} broke ({type(error).__name__}: {error}); we come back by ourselves."
