"""What must not stand in the code: a council's name, and work put off."""

import re

from tests.architecture.tree import PACKAGES, ROOT, files, modules

# Put together, so that this file is not found by itself.
PUT_OFF = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]))
SKIPPED = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b")


def councils() -> list[str]:
    """The authorities that have a policy, and the ones that the contract names from the beginning."""
    named = ["bradford", "darlington", "dudley", "south_gloucestershire", "wakefield"]
    return sorted({*named, *(path.stem for path in files(["config/policies"], "*.yaml"))})


def test_no_council_is_named_in_code() -> None:
    # What one council wants differently is data, in its policy: code that knows councils must be changed for the next.
    council = re.compile(r"\b(" + "|".join(councils()) + r")\b", re.IGNORECASE)
    assert [str(module.path) for module in modules(*PACKAGES) if council.search(module.text)] == []


def test_a_day_is_spelt_in_one_place() -> None:
    # A page and an email that spell one day in two ways seem to speak of two.
    spelling = re.compile(r":%a\} \{\w+\.day\} \{\w+:%b %Y\}")
    spelt_in = [str(module.path) for module in modules(*PACKAGES) if spelling.search(module.text)]
    assert spelt_in == ["service/domain/telling/wording.py"]


def test_nothing_is_left_for_later() -> None:
    # A note in the code is read by nobody who could act on it: do it, or open an issue.
    found = modules(*PACKAGES, "tests", "bench")
    assert [str(module.path) for module in found if PUT_OFF.search(module.text)] == []


def test_no_test_is_skipped() -> None:
    # A skipped test proves nothing, and looks as if it did.
    skipping = [
        str(path.relative_to(ROOT)) for path in files(["tests"], "test_*.py") if SKIPPED.search(path.read_text())
    ]
    assert [path for path in skipping if not path.endswith("architecture/test_words.py")] == []
