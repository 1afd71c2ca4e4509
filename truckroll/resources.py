"""What is shipped beside the code: in a checkout in its own folders, in an installed package under `static/`."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = {"rules": "examples/rules", "mosquitto": "deploy/mosquitto", "reports": "examples/reports"}


def shipped(kind: str, name: str) -> Path:
    """The path of a shipped file. Raises FileNotFoundError."""
    for folder in (HERE / "static" / kind, HERE.parent / CHECKOUT[kind]):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is not part of this installation; install truckroll again")
