"""The spool: on disk, in order, taken once and by one, bounded, and whole after a crash."""

import contextlib
import json
from pathlib import Path

import pytest

from service.files.spool import Spool


def numbers(spool: Spool) -> list[int]:
    return [entry["n"] for entry in spool.take()]


def test_what_is_added_is_taken_in_order_and_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    assert [spool.add({"n": n}) for n in range(3)] == [True] * 3
    assert numbers(spool) == [0, 1, 2]
    spool.done()
    assert (numbers(spool), list(tmp_path.iterdir())) == ([], [])


def test_it_is_for_nobody_elses_eyes(tmp_path: Path) -> None:
    Spool(tmp_path / "var" / "s").add({"n": 1})
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "var", tmp_path / "var" / "s")] == [0o700, 0o600]


def test_what_was_not_dealt_with_is_there_for_the_next(tmp_path: Path) -> None:
    first, second = Spool(tmp_path / "s"), Spool(tmp_path / "s")
    first.add({"n": 1})
    assert numbers(first) == [1]
    second.add({"n": 2})
    assert numbers(second) == [1]
    second.done()
    assert numbers(second) == [2]


def test_whoever_is_slow_does_not_remove_what_came_since(tmp_path: Path) -> None:
    slow, fast = Spool(tmp_path / "s"), Spool(tmp_path / "s")
    slow.add({"n": 1})
    assert (numbers(slow), numbers(fast)) == ([1], [1])
    fast.done()
    fast.add({"n": 22})
    assert numbers(fast) == [22]
    slow.done()
    assert numbers(fast) == [22]


def test_it_does_not_grow_without_bound(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", longest=110)
    assert [spool.add({"n": n, "body": "x" * 30}) for n in range(3)] == [True, True, False]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_a_crash_cut_off_costs_no_other(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path / "s")
    spool.add({"n": 1})
    (tmp_path / "s").write_bytes((tmp_path / "s").read_bytes() + json.dumps({"n": 1234567}).encode()[:cut])
    spool.add({"n": 3})
    assert numbers(spool) == [1, 3]


def test_only_what_is_not_stored_is_kept_and_the_failure_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    with spool.unless_stored({"n": 1}):
        pass
    with contextlib.suppress(LookupError), spool.unless_stored({"n": 2}):
        raise LookupError
    assert numbers(spool) == [2]
    with pytest.raises(LookupError), spool.unless_stored({"n": 3}):
        raise LookupError
