"""A policy that somebody tries out: its text is checked as a file would be, and nothing is kept of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from service.domain.policy import Policy
from service.files.policy_files import PolicyFault, PolicyFileError, data_of, line_in, load_policy
from service.files.policy_places import SHARED
from service.policy_tools.check import remarks

_OUTSIDE = ("/", "\\")


@dataclass(frozen=True, slots=True)
class Draft:
    """The policy of a text, None where it has faults; and what is to be said of it, each with its line."""

    policy: Policy | None
    faults: Sequence[PolicyFault]
    warnings: Sequence[PolicyFault] = ()


def read_draft(text: str, authority: str, folder: Path | None, today: date) -> Draft:
    """Check a text as the policy of an authority; it may extend what lies in a folder of policies, or is built in."""
    with TemporaryDirectory(prefix="planwatch-draft-") as place:
        path = Path(place, f"{authority}.yaml")
        _lay_beside(path, folder)
        path.write_text(text, encoding="utf-8")
        try:
            outside = _names_outside(path)
            if outside:
                return Draft(None, outside)
            policy = load_policy(path)
        except PolicyFileError as error:
            return Draft(None, error.faults)
        if policy.authority != authority:
            detail = f"is for '{policy.authority}', and you are of '{authority}'"
            return Draft(None, [PolicyFault(path.name, line_in(path, ["authority"]), "authority", detail)])
        policy_remarks = remarks(path, policy, today)
    is_sound = not policy_remarks.faults
    return Draft(policy if is_sound else None, policy_remarks.faults, policy_remarks.warnings)


def _lay_beside(path: Path, folder: Path | None) -> None:
    """Copy what a draft may extend or take from: the files of the folder, and its shared rules."""
    if folder is None or not folder.is_dir():
        return
    for source in (*folder.glob("*.yaml"), *folder.glob("*.yml"), *(folder / SHARED).glob("*.yaml")):
        target = path.parent / source.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)


def _names_outside(path: Path) -> list[PolicyFault]:
    """What the text would read from elsewhere on this machine: that is nobody's business who tries a policy out."""
    own = data_of(path)
    taken = own.get("rules_from")
    names = [("extends", own.get("extends"))]
    names += [("rules_from", name) for name in taken] if isinstance(taken, Mapping) else []
    detail = "names a file elsewhere; a policy that is tried out takes from built-in and shared policies by their names"
    return [
        PolicyFault(path.name, line_in(path, [field]), field, detail)
        for field, name in names
        if isinstance(name, str) and any(mark in name for mark in _OUTSIDE)
    ]
