"""What the cluster's run counts, and what it says where a program is missing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.cluster.load import WANTED, Load, Tally, tally
from bench.cluster.programs import PACKAGES, missing_words
from bench.faults.rig.receivers import Receivers

PLAN = "P-000001"
EMAILS, TEXTS = (sorted(to for channel, to in WANTED if channel == kind) for kind in ("email", "sms"))
ALL = [*(("email", to, f"m-{to}") for to in EMAILS), *(("sms", to, f"a-{to}") for to in TEXTS)]
Copies = Sequence[tuple[str, str, str]]  # the channel, to whom, and the Message-ID or the attempt


def counted(arrived: Copies, messages: dict[str, str], folder: Path, plan: str = PLAN) -> Tally:
    """What is counted of one accepted breach where this arrived."""
    receiving = Receivers(folder, 0, 0)
    receiving.entries += [
        {"channel": channel, "to": to, "reference": plan, "identity": identity, "attempt": identity}
        for channel, to, identity in arrived
    ]
    load = Load([], "", iter(()), accepted={PLAN: 0.0})
    return tally(load, receiving, messages, load.accepted)


MESSAGES = {f"a-{to}": f"text to {to}" for to in TEXTS}
REPEATED = ("sms", TEXTS[0], "a-again")


@pytest.mark.parametrize(
    ("arrived", "messages", "expected"),
    [
        (ALL, MESSAGES, Tally(0, 0, 0, 0)),
        (ALL[1:], MESSAGES, Tally(1, 0, 0, 0)),
        ([*ALL, ALL[0]], MESSAGES, Tally(0, 0, 1, 0)),
        ([*ALL, REPEATED], MESSAGES | {"a-again": f"text to {TEXTS[0]}"}, Tally(0, 1, 0, 0)),  # a second attempt
        ([*ALL, REPEATED], MESSAGES | {"a-again": "half an hour later"}, Tally(0, 0, 0, 0)),  # a message of its own
        ([*ALL, REPEATED], MESSAGES, Tally(0, 0, 0, 1)),  # on nobody's record
    ],
)
def test_a_copy_is_one_of_the_same_message_and_what_is_on_no_record_was_not_expected(
    arrived: Copies, messages: dict[str, str], expected: Tally, tmp_path: Path
) -> None:
    assert counted(arrived, messages, tmp_path) == expected


def test_what_is_about_another_plan_was_not_expected(tmp_path: Path) -> None:
    assert counted(ALL, MESSAGES, tmp_path, plan="P-000002") == Tally(4, 0, 0, 4)


def test_what_is_missing_is_named_with_the_package_to_install() -> None:
    paths = dict.fromkeys(PACKAGES, Path("/usr/bin/true")) | {"haproxy": None, "etcd": None}
    words = missing_words(paths) or ""
    assert all(word in words for word in ("etcd, haproxy", "apt-get install", "etcd-server haproxy"))
    assert missing_words(dict.fromkeys(PACKAGES, Path("/usr/bin/true"))) is None
