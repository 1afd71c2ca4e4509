"""A broker of one's own on loopback: an installed Mosquitto as a child, else amqtt in this process."""

import asyncio
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.errors import GiveUp

LOOPBACK = "127.0.0.1"
STAYS = "root"
"""Started by root, Mosquitto would become a user who may not write to the directory; started by others it stays."""
START_SECONDS = 10.0
STOP_SECONDS = 10.0
PLACES = ("deploy/mosquitto", "truckroll/static/mosquitto")
"""Where the shipped configuration lies: in a source checkout, in an installed wheel."""
SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


@dataclass(frozen=True, slots=True)
class EmbeddedBroker:
    """A broker that accepts connections."""

    name: str
    host: str
    port: int
    version: str
    """The newest MQTT it speaks: `5` or `3.1.1`."""
    promises: str
    """What it can and cannot promise, in a sentence for people."""


MOSQUITTO_PROMISES = "Mosquitto keeps sessions and their queues over a stop, and over a crash up to the last 30 s."
AMQTT_PROMISES = (
    "amqtt is for demonstration and development: it speaks MQTT 3.1.1 only and forgets every session and queue "
    "when it stops; install mosquitto to lose nothing."
)


@contextmanager
def embedded_broker(directory: Path, port: int = 0) -> Iterator[EmbeddedBroker]:
    """A broker that lives as long as the `with`; port 0 takes a free one. Its files lie in `directory`.

    Raises GiveUp when it does not come up.
    """
    program = mosquitto_program()
    if program is None:
        with amqtt_thread(port or free_port()) as bound:
            yield EmbeddedBroker("amqtt", LOOPBACK, bound, "3.1.1", AMQTT_PROMISES)
        return
    child = MosquittoChild(program, directory, port or free_port())
    child.start()
    try:
        yield EmbeddedBroker("mosquitto", LOOPBACK, child.port, "5", MOSQUITTO_PROMISES)
    finally:
        child.stop()


def mosquitto_program() -> str | None:
    """The path of an installed Mosquitto, which Debian keeps where only administrators look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=SYSTEM_PROGRAMS)


def shipped(name: str) -> Path:
    """A file of the shipped Mosquitto configuration, in a checkout as well as installed. Raises GiveUp."""
    root = Path(__file__).resolve().parents[1]
    for place in PLACES:
        if (path := root / place / name).is_file():
            return path
    raise GiveUp(f"The file {name} of the shipped Mosquitto configuration is missing; install Truckroll again.")


def with_settings(configuration: str, settings: Mapping[str, str]) -> str:
    """A mosquitto.conf with some settings replaced where they stand, or added at the end."""
    left = dict(settings)
    lines = []
    for line in configuration.splitlines():
        key = line.split(" ", 1)[0]
        lines.append(f"{key} {left.pop(key)}" if key in left else line)
    return "\n".join([*lines, *(f"{key} {value}" for key, value in left.items())]) + "\n"


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Somebody listens on this loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


class MosquittoChild:
    """A Mosquitto as a child of this process, with the shipped loopback configuration and files of its own.

    It is ended by its own process id, and by the system when this process dies first.
    """

    def __init__(
        self,
        program: str,
        directory: Path,
        port: int,
        *,
        configuration: str = "mosquitto.conf",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.program = program
        self.directory = directory
        self.port = port
        self._template = shipped(configuration).read_text()
        self._settings = {
            "listener": f"{port} {LOOPBACK}",
            "persistence_location": f"{directory}/",
            "user": STAYS,
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id; None while it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns once it accepts connections. Raises GiveUp with the broker's own words when it does not."""
        if accepts(self.port):
            raise GiveUp(f"Port {self.port} is in use; choose another one, or stop who listens there.")
        self.directory.mkdir(parents=True, exist_ok=True)
        conf = self.directory / "mosquitto.conf"
        conf.write_text(with_settings(self._template, self._settings))
        with self._log.open("ab") as log:
            command = [*dies_with_parent(), self.program, "-c", str(conf)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        give_up_at = time.monotonic() + START_SECONDS
        while not accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.kill()
                raise GiveUp(f"Mosquitto did not start on port {self.port}; it says: {self._last_words()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends it in peace, so that it saves its sessions; a child that does not listen is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
            self._process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the child, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    @property
    def _log(self) -> Path:
        return self.directory / "mosquitto.log"

    def _last_words(self) -> str:
        return " / ".join(self._log.read_text(errors="replace").splitlines()[-3:]) or "nothing"


def dies_with_parent() -> list[str]:
    """The prefix of a command that the system ends when this process dies; empty where there is no such tool."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


@contextmanager
def amqtt_thread(port: int) -> Iterator[int]:
    """amqtt on a loopback port, in a thread with an event loop of its own. Raises GiveUp when it does not start."""
    thread = AmqttThread(port)
    thread.start()
    try:
        thread.wait_ready()
        yield port
    finally:
        thread.stop()


class AmqttThread(threading.Thread):
    """Runs an amqtt broker until it is told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__(name="amqtt", daemon=True)
        self.port = port
        self._ready = threading.Event()
        self._failure: str | None = None
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()

    def run(self) -> None:
        """The thread's life: serve, then close the loop."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        from amqtt.broker import Broker
        from amqtt.contexts import BrokerConfig, ListenerConfig
        from amqtt.errors import BrokerError

        listener = ListenerConfig(bind=f"{LOOPBACK}:{self.port}")
        anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        broker = Broker(BrokerConfig(listeners={"default": listener}, plugins=anonymous))
        try:
            await broker.start()
        except BrokerError as error:
            self._failure = str(error)
            return
        finally:
            self._ready.set()
        await self._end.wait()
        await broker.shutdown()

    def wait_ready(self) -> None:
        """Returns once it accepts connections. Raises GiveUp."""
        if not self._ready.wait(START_SECONDS) or self._failure is not None:
            raise GiveUp(f"amqtt did not start on port {self.port}: {self._failure or 'it gave no answer'}.")

    def stop(self) -> None:
        """Ends the broker and waits for its thread."""
        if self.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self.join(STOP_SECONDS)
