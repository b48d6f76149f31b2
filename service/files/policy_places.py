"""Where policies lie: the built-in ones, those of a folder, and the shared rules that others take rules from."""

from __future__ import annotations

from pathlib import Path

POLICIES = Path(__file__).resolve().parents[2] / "config" / "policies"
# The folder, in a folder of policies, of files that are no authority's own: the law, or a region's procedures.
SHARED = "shared"
SUFFIXES = (".yaml", ".yml")


def is_table(path: Path) -> bool:
    """Whether a file is a table of cases that stands beside a policy, and no policy."""
    return path.stem.endswith(".test")


def shared_paths(folder: Path | None = None) -> list[Path]:
    """The files of shared rules: built in, and above them those of a folder."""
    outside = sorted((folder / SHARED).glob("*.yaml")) if folder is not None else []
    files = {path.stem: path for path in [*sorted((POLICIES / SHARED).glob("*.yaml")), *outside] if not is_table(path)}
    return list(files.values())


def named_policy(name: str, folder: Path) -> Path | None:
    """The file that a policy in a folder means by a name: a file beside it, shared rules, or a built-in authority.

    Shared rules of the folder stand above the built-in ones. None where there is no such file.
    """
    if name.endswith(SUFFIXES):
        places = [folder / name]
    else:
        places = [place / f"{name}.yaml" for place in (folder / SHARED, POLICIES, POLICIES / SHARED)]
    return next((place for place in places if place.is_file()), None)


def names_to_take_from(folder: Path) -> list[str]:
    """The names by which a policy in a folder may take from others, its neighbours' file names left out."""
    built_in = [path.stem for path in sorted(POLICIES.glob("*.yaml"))]
    return [*built_in, *(path.stem for path in shared_paths(folder))]
