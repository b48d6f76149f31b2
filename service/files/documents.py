"""Where the documents are: an installed planwatch carries them with it."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
# Where the wheel puts them (pyproject.toml), and where they stand in a checkout.
_FOLDERS = (_ROOT / "planwatch" / "docs", _ROOT / "docs")


def documents_folder() -> Path | None:
    """The folder of documents; None where this planwatch carries none."""
    return next((place for place in _FOLDERS if place.is_dir()), None)
