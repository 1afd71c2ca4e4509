"""The service in processes by role, over one configuration and data directory."""

from tests.services import ServiceProcess
from truckroll.roles import Role


class RoleProcess(ServiceProcess):
    """`truckroll serve --role …` beside others of the same configuration."""

    def __init__(self, whole: ServiceProcess, role: Role) -> None:
        self.home = whole.home
        self.config = whole.config
        self.process = None
        self.role = role

    @property
    def state(self):
        """Where it says how it is."""
        return self.role.state_file(self.data)

    def command(self, *words: str) -> list[str]:
        """As the whole service, but serving only its role."""
        only = ("--role", self.role.value) if words == ("serve",) else ()
        return super().command(*words, *only)

    def is_up(self) -> bool:
        """It speaks; fails when it has ended."""
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "log").read_text()
        return bool(self.status())

    def troubles(self) -> dict[str, str]:
        """What is in trouble, as it says."""
        return dict(self.status().get("troubles", {}))
