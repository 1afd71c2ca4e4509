"""Writes the page of each detector into the handbook: `python -m truckroll.detector_pages docs/detectors`."""

import sys
from pathlib import Path

from detectors.pages import pages


def write_pages(folder: Path) -> list[str]:
    """Write them, remove those of detectors that are gone, and say which files differ from before."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    gone = [path for path in sorted(folder.glob("*.md")) if path.name not in made]
    for path in gone:
        path.unlink()
    changed = [path.name for path in gone]
    for name, text in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def main() -> None:
    """Write into the folder that was named."""
    if len(sys.argv) != 2:
        raise SystemExit("Name the folder of the pages, such as docs/detectors.")
    changed = write_pages(Path(sys.argv[1]))
    print(f"{len(changed)} pages changed{': ' if changed else ''}{', '.join(changed)}")


if __name__ == "__main__":
    main()
