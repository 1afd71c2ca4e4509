"""docker-compose.yml, Dockerfile and settings fit each other and this repository; no engine is needed to see that."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.mqtt_probe import Guest
from tests.brokers import Broker
from tests.conftest import need
from truckroll.settings import Settings, from_tables

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy" / "compose"
INTERPOLATED = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")
KNOWN_VARIABLES = {
    "influxdb": re.compile(
        r"DOCKER_INFLUXDB_INIT_(MODE|USERNAME|PASSWORD_FILE|ADMIN_TOKEN_FILE|ORG|BUCKET|RETENTION)|"
        r"INFLUXD_REPORTING_DISABLED"
    ),
    "postgres": re.compile(r"POSTGRES_(USER|DB|PASSWORD_FILE|INITDB_ARGS)"),
}


@cache
def compose() -> dict[str, Any]:
    """The file as it is parsed."""
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def services() -> list[str]:
    """Their names."""
    return sorted(compose()["services"])


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes, in a copy of its folder."""
    need("openssl", "openssl")
    need("mosquitto_passwd", "mosquitto")
    home = tmp_path_factory.mktemp("compose")
    (home / "make-secrets.sh").write_bytes((COMPOSE / "make-secrets.sh").read_bytes())
    made(home, "broker.plant.example", "10.1.2.3")
    return home / "secrets"


def made(home: Path, *names: str, code: int = 0) -> str:
    """Run the script; returns what it says."""
    path = "/usr/bin:/bin:/usr/sbin"
    done = subprocess.run(
        ["sh", str(home / "make-secrets.sh"), *names],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path},
    )
    assert code == done.returncode, done.stdout + done.stderr
    return done.stdout + done.stderr


def settings(secrets: Path, **ports: int) -> Settings:
    """The mounted truckroll.toml, with its secrets where the script made them."""
    text = (COMPOSE / "truckroll.toml").read_text().replace("/run/secrets", str(secrets))
    tables = tomllib.loads(text)
    for table, port in ports.items():
        tables[table]["port"] = port
    return from_tables(tables, home=ROOT, where="truckroll.toml", text=text)


def test_every_setting_exists_and_means_the_servers_beside_it(secrets: Path) -> None:
    """Ports, names and users are those of the other services."""
    said, influx = settings(secrets), compose()["services"]["influxdb"]["environment"]
    assert said.influx is not None
    published = {port.rsplit(":", 2)[1] for name in services() for port in compose()["services"][name].get("ports", ())}

    assert {"8883", "8086", "5432"} == published
    assert (8883, "127.0.0.1", True) == (said.mqtt.port, said.mqtt.host, said.mqtt.tls)
    assert "http://127.0.0.1:8086" == said.influx.url
    assert said.influx.database == influx["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert said.ledger.is_shared
    assert said.ledger.url.endswith(
        "@127.0.0.1:5432/" + compose()["services"]["postgres"]["environment"]["POSTGRES_DB"]
    )
    assert said.influx.read_password() == (secrets / "influxdb_user_password").read_text()


def test_the_broker_lets_truckroll_in_with_the_secrets_that_are_made(tmp_path: Path, secrets: Path) -> None:
    """The shipped production configuration over TLS, with certificate and password."""
    places = {
        "cafile": secrets / "ca.crt",
        "certfile": secrets / "server.crt",
        "keyfile": secrets / "server.key",
        "password_file": secrets / "mosquitto_passwords",
        "acl_file": ROOT / "deploy" / "mosquitto" / "acl",
    }
    changed = {name: str(path) for name, path in places.items()}
    with (
        Broker(tmp_path / "mosquitto", configuration="production.conf", settings=changed) as broker,
        Guest(settings(secrets, mqtt=broker.port).mqtt, "anything") as guest,
    ):
        assert guest.subscribe("devices/#")


def test_the_certificate_names_the_broker_as_devices_know_it(secrets: Path) -> None:
    """Names and addresses given to the script, and this machine."""
    words = ["openssl", "x509", "-in", str(secrets / "server.crt"), "-noout", "-ext", "subjectAltName"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    for name in ("DNS:localhost", "IP Address:127.0.0.1", "DNS:broker.plant.example", "IP Address:10.1.2.3"):
        assert name in said


def test_secrets_are_long_different_and_never_made_over(secrets: Path) -> None:
    """Only their owner gets into the folder; a second run refuses and changes nothing."""
    texts = [(secrets / name).read_text() for name in ("mqtt_password", "postgres_password", "influxdb_admin_token")]

    assert 3 == len(set(texts))
    assert all(re.fullmatch(r"[0-9a-f]{48}", text) for text in texts)
    assert 0o700 == secrets.stat().st_mode & 0o777
    assert texts[0] not in (secrets / "mosquitto_passwords").read_text()
    assert "is there already" in made(secrets.parent, code=1)
    assert texts[0] == (secrets / "mqtt_password").read_text()


def test_every_secret_is_made_by_the_script_and_used(secrets: Path) -> None:
    """None is missing, none is idle; only the authority's key stays out of every container."""
    declared = {name: Path(secret["file"]).name for name, secret in compose()["secrets"].items()}
    used = {name if isinstance(name, str) else name["source"] for s in services() for name in wanted(s)}

    assert declared == {name: name for name in declared}
    assert set(declared) == used
    assert {path.name for path in secrets.iterdir()} == used | {"ca.key"}


def wanted(service: str) -> list[Any]:
    """The secrets of a service."""
    return list(compose()["services"][service].get("secrets", ()))


@pytest.mark.parametrize("service", services())
def test_every_path_that_is_mounted_is_there(service: str) -> None:
    """Files of the repository, or named volumes that are declared; scripts may be run."""
    for volume in compose()["services"][service].get("volumes", ()):
        source, _, mode = volume.split(":")[0], volume.split(":")[1], volume.split(":")[2:]
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert ["ro"] == mode
            assert not source.endswith(".sh") or (ROOT / source).stat().st_mode & 0o111
        else:
            assert source in compose()["volumes"]


@pytest.mark.parametrize("service", services())
def test_every_service_is_pinned_modest_and_watched(service: str) -> None:
    """A version of its own, no new privileges, a health check, a time to stop in, a limit for its log."""
    told = compose()["services"][service]

    assert re.search(r":\d+\.\d+[\w.-]*$", told["image"])
    assert ["no-new-privileges:true"] == told["security_opt"]
    assert {"healthcheck", "stop_grace_period", "logging", "restart"} <= told.keys()
    assert not {"privileged", "cap_add", "pid", "devices"} & told.keys()
    assert "docker.sock" not in str(told)


def test_truckroll_itself_may_write_its_data_only() -> None:
    """Read-only root, no capabilities, not root."""
    told = compose()["services"]["truckroll"]

    assert (True, ["ALL"]) == (told["read_only"], told["cap_drop"])
    assert ["truckroll:/var/lib/truckroll"] == [volume for volume in told["volumes"] if not volume.endswith(":ro")]


def test_nothing_listens_beyond_this_machine_unless_told() -> None:
    """Published ports are loopback's; the API is on loopback by its own setting."""
    for name in services():
        for port in compose()["services"][name].get("ports", ()):
            host = INTERPOLATED.sub(lambda found: found[2] or "", port).rsplit(":", 2)[0]
            assert ip_address(host).is_loopback, port


def test_every_variable_is_known_and_no_secret_stands_in_one() -> None:
    """Those of the images as their makers document them; those of ours in the file's own head."""
    head = (ROOT / "docker-compose.yml").read_text().split("\nname:")[0]
    for name in services():
        for variable, value in compose()["services"][name].get("environment", {}).items():
            assert KNOWN_VARIABLES[name].fullmatch(variable), variable
            if "PASSWORD" in variable or "TOKEN" in variable:
                assert value.startswith("/run/secrets/")
                assert value.removeprefix("/run/secrets/") in wanted(name)
    for variable, otherwise in INTERPOLATED.findall((ROOT / "docker-compose.yml").read_text()):
        assert f"#   {variable}" in head
        assert otherwise


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions with their words, continued lines joined."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            verb, _, words = line.strip().partition(" ")
            yield verb, words


def test_the_dockerfile_builds_what_the_lock_says_and_runs_it_as_nobody() -> None:
    """Several stages, pinned bases, hashes required, nothing fetched by address, no secrets, a user."""
    told = list(instructions())
    stages = [words.split(" AS ")[-1] for verb, words in told if verb == "FROM"]
    last = told[max(n for n, (verb, _) in enumerate(told) if verb == "FROM") :]

    assert ["broker", "build", "truckroll"] == stages
    assert {"target": "truckroll", "context": "."} == compose()["services"]["truckroll"]["build"]
    assert compose()["services"]["mosquitto"]["build"]["target"] in stages
    assert all(re.match(r"\S+:\d+\.\d+\.\d+\S* AS ", words) for verb, words in told if verb == "FROM")
    assert "ADD" not in dict(told)
    assert not re.search(r"https?://(?!127\.0\.0\.1)|curl|wget|apt-get upgrade", str(told))
    installs = [part for verb, words in told if verb == "RUN" for part in words.split("&&") if "pip install" in part]
    assert all("--require-hashes" in part or part.strip().endswith("--no-build-isolation .") for part in installs)
    assert ("USER", "10001:10001") in last
    assert {"ENTRYPOINT", "HEALTHCHECK"} <= {verb for verb, _ in last}


def test_the_driver_for_postgresql_comes_with_its_hashes() -> None:
    """The line of awk in the Dockerfile takes it, whole, from the developers' lock."""
    script = re.search(r"awk '([^']+)'", (ROOT / "Dockerfile").read_text())
    assert script is not None
    words = ["awk", script[1], str(ROOT / "requirements-dev.lock")]
    taken = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert ["psycopg", "psycopg-binary"] == re.findall(r"^([\w-]+)==", taken, re.MULTILINE)
    assert taken.count("--hash=sha256:") > 10


def test_the_image_gets_every_package_and_no_secret() -> None:
    """What .dockerignore lets through is what the wheel is made of."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert set(build["packages"]) <= allowed
    assert set(build["force-include"]) <= allowed
    assert {"requirements.lock", "requirements-dev.lock", "pyproject.toml", "README.md"} <= allowed
    assert not {"deploy", "deploy/compose", ".", "data"} & allowed
    assert "secrets/" in (COMPOSE / ".gitignore").read_text().split()
