"""The broker: does it let us in, keep our session and its queue, hold back, and refuse what it must?"""

from collections.abc import Iterator
from dataclasses import replace
from secrets import token_hex

from adapters.mqtt_probe import NOT_AUTHORIZED, Guest
from domain.errors import GiveUp
from truckroll.doctor.check import Line, note, right, unknown, wrong
from truckroll.doctor.patient import Patient

QUEUED = 1_500
"""More than the thousand that Mosquitto keeps unless it is told otherwise."""
HELD_BACK = 10
QUIET_SECONDS = 0.4
LEAST_EXPIRY_SECONDS = 86_400
LARGE_PACKET = 16 << 20
README = "deploy/mosquitto/README.md"


def broker(patient: Patient) -> Iterator[Line]:
    """Reachable, login, session, queue, receive maximum, packet size."""
    settings = patient.settings.mqtt
    if settings.username and patient.running.get("connected"):
        yield right("broker", f"the running service is connected to {settings.address}")
        yield unknown(
            "broker session",
            "the service is at work, and a broker may know it by its user name: a visit could take its place",
            "stop the service for a moment and run the doctor again",
        )
        return
    name = f"truckroll-doctor-{token_hex(6)}"
    topic = f"truckroll-doctor/{name}"
    guest = Guest(settings, name, keeps_session=True)
    with guest:
        yield right("broker", f"{settings.address} lets us in, MQTT {settings.version}")
        if guest.had_session:
            yield right("broker session", "the broker knows us by our user name and keeps that session")
            yield unknown(
                "broker queue", "trying it would disturb that session", f"the shipped configuration keeps it: {README}"
            )
            yield from packet_limit(guest)
            return
        agreed = guest.subscribe(topic)
        limits = list(packet_limit(guest))
        guest.leave()
    try:
        yield from kept(patient, name, topic, agreed=agreed)
        yield from limits
    finally:
        with Guest(settings, name, keeps_session=True) as guest:
            guest.forget()


def packet_limit(guest: Guest) -> Iterator[Line]:
    """What the broker says of the largest packet that it takes."""
    if not guest.speaks_5:
        yield unknown("broker packet size", "MQTT 3.1.1 does not tell", 'set version = "5" if the broker speaks it')
        return
    size = guest.limits.get("MaximumPacketSize", 0)
    if not 0 < size <= LARGE_PACKET:
        told = f"{size:,} bytes" if size else "no limit"
        yield note(
            "broker packet size", f"{told}: one device can fill the broker's memory", "set max_packet_size 262144"
        )
    else:
        yield right("broker packet size", f"at most {size:,} bytes a packet")
    expiry = guest.limits.get("SessionExpiryInterval", guest.settings.session_expiry_seconds)
    if expiry < min(LEAST_EXPIRY_SECONDS, guest.settings.session_expiry_seconds):
        yield wrong(
            "broker session expiry",
            f"the broker keeps sessions for {expiry:,} s only",
            "raise persistent_client_expiration, or whatever limits sessions there",
        )


def kept(patient: Patient, name: str, topic: str, *, agreed: bool) -> Iterator[Line]:
    """The session is still there at the next visit, with what was queued in it meanwhile."""
    queued = publish(patient, topic) if agreed else 0
    with Guest(patient.settings.mqtt, name, keeps_session=True, receive_maximum=HELD_BACK) as guest:
        if not guest.had_session:
            yield wrong(
                "broker session",
                "the broker forgot our session as soon as we left: whatever comes while Truckroll is away is lost",
                f"let it keep sessions (persistent_client_expiration); see {README}",
            )
            return
        yield right("broker session", "kept over a reconnect")
        if not queued:
            yield unknown(
                "broker queue", why_not(patient, agreed=agreed), "run with --thorough, as a user who may publish"
            )
            return
        first = guest.listen(QUIET_SECONDS)
        yield receive_maximum(guest, first)
        yield queue(drained(guest), queued)


def publish(patient: Patient, topic: str) -> int:
    """Fill the queue of whoever is away; how many messages the broker took."""
    if not patient.may_publish:
        return 0
    with Guest(patient.settings.mqtt, f"truckroll-doctor-{token_hex(6)}") as speaker:
        taken = speaker.publish(topic, [b"%d" % number for number in range(QUEUED)])
    return 0 if any(reason >= 0x80 for reason in taken) else QUEUED


def why_not(patient: Patient, *, agreed: bool) -> str:
    """Why the queue was not tried."""
    if not patient.may_publish:
        return "a broker on another machine is only looked at"
    return "our user may not publish there" if agreed else "our user may not listen there"


def drained(guest: Guest) -> int:
    """Acknowledge until nothing more comes; how many there were."""
    count = 0
    while taken := guest.acknowledge():
        count += taken
        guest.listen(QUIET_SECONDS)
    return count


def receive_maximum(guest: Guest, came: int) -> Line:
    """The broker held back what we had no room for."""
    if not guest.speaks_5:
        return unknown("broker receive maximum", "MQTT 3.1.1 has none", 'set version = "5" if the broker speaks it')
    if came > HELD_BACK:
        return wrong(
            "broker receive maximum",
            f"{came} messages came although {HELD_BACK} were asked for: under load the broker overruns Truckroll",
            "use a broker that keeps to MQTT 5",
        )
    return right("broker receive maximum", f"{came} of {HELD_BACK} came before the first acknowledgement")


def queue(came: int, queued: int) -> Line:
    """Everything that was published while we were away has come."""
    if came < queued:
        return wrong(
            "broker queue",
            f"{came:,} of {queued:,} messages came that were published while we were away; the others are lost",
            f"raise max_queued_messages and max_queued_bytes; see {README}",
        )
    return right("broker queue", f"all of {queued:,} messages came that were published while we were away")


def access(patient: Patient) -> Iterator[Line]:
    """A device cannot speak for another one."""
    user = patient.device_user
    if not user:
        yield unknown(
            "broker access rights",
            "no device's user was given",
            "make a user for trials and name it: --device-user, --device-password-file",
        )
        return
    settings = replace(
        patient.settings.mqtt,
        username=user,
        password="",
        password_file=patient.device_password_file,
        cert_file="",
        key_file="",
    )
    if settings.version != "5":
        yield unknown("broker access rights", "MQTT 3.1.1 does not tell what was refused", 'set version = "5"')
        return
    stranger = f"truckroll-doctor-{token_hex(6)}"
    with Guest(settings, user) as guest:
        own = guest.publish(f"devices/{user}/doctor", [b"{}"])
        foreign = guest.publish(f"devices/{stranger}/doctor", [b"{}"])
    if NOT_AUTHORIZED in own:
        yield wrong(
            "broker access rights", f"{user} may not publish below devices/{user}/", f"see the acl file in {README}"
        )
    if foreign == {NOT_AUTHORIZED}:
        yield right("broker access rights", f"{user} may not publish for another device")
    else:
        yield wrong(
            "broker access rights",
            f"{user} may publish for any device: one stolen password speaks for the whole fleet",
            f"give the broker the shipped acl file; see {README}",
        )


def anonymous(patient: Patient) -> Iterator[Line]:
    """Nobody comes in without a name, unless the broker is this machine's own."""
    settings = patient.settings.mqtt
    if not settings.username and not settings.cert_file:
        if patient.settings.mqtt.host in ("127.0.0.1", "::1", "localhost"):
            yield right("broker login", "none is needed on this machine's own broker")
        else:
            yield note("broker login", "anybody may come in", f"give each device a user; see {README}")
        return
    stranger = replace(settings, username="", password="", password_file="", cert_file="", key_file="")
    try:
        with Guest(stranger, f"truckroll-doctor-{token_hex(6)}"):
            pass
    except GiveUp:
        yield right("broker login", "nobody comes in without a name")
    else:
        yield wrong("broker login", "anybody may come in without a name", "set allow_anonymous false")
