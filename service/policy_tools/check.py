"""Whether a policy file may be used, and what in it is probably not meant: each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from service.domain.harm_words import named_harms
from service.domain.policy import Policy
from service.domain.policy_remark import PolicyRemark
from service.files.policy_files import PolicyFault, line_in, place_in
from service.policy_tools.warnings import warnings


@dataclass(frozen=True, slots=True)
class PolicyRemarks:
    """What is to be said of a policy that can be read: faults keep it from being used, warnings do not."""

    faults: Sequence[PolicyFault]
    warnings: Sequence[PolicyFault]


def remarks(path: Path, policy: Policy, today: date) -> PolicyRemarks:
    """The remarks about the policy of a file on a local day, in the order of the file."""
    return PolicyRemarks(
        [_placed(path, remark) for remark in named_harms(policy)],
        [_placed(path, remark) for remark in warnings(policy, today)],
    )


def _placed(path: Path, remark: PolicyRemark) -> PolicyFault:
    return PolicyFault(path.name, line_in(path, place_in(path, remark.where)), remark.field, remark.detail)
