"""The suite stays fast: what is dear to start or to make is started and made in few places."""

from tests.architecture.tree import ROOT

# Each start of Python costs a second, most of it for what is imported. A test forks a process that has imported all
# (`tests/fork_server.py`), unless the start itself is tested, or who is whose child, or what is imported.
STARTS_PYTHON = {
    "documents/page_pictures.py", "fork_server.py", "integration/service_process.py",
    "integration/test_backup_sqlite.py", "integration/test_canaries.py", "integration/test_cli_commands.py",
    "integration/test_demo_run.py", "integration/test_sentinel_process.py", "unit/test_command_line.py",
    "unit/test_wheel.py",
}  # fmt: skip
# Each migration of a new database costs a second, too. A test has a copy of one that was made for all.
MIGRATES = {
    "databases/sqlite.py", "documents/test_new_database.py", "integration/test_store_schema.py",
    "upgrades/test_authority_in_every_key.py", "upgrades/test_awaited_plans.py",
    "upgrades/test_each_authority_its_own.py",
}  # fmt: skip
_TESTS = ROOT / "tests"


def files_with(words: str) -> set[str]:
    """The files of tests in which these words stand."""
    files = (path for path in _TESTS.rglob("*.py") if "architecture" not in path.parts)
    return {str(path.relative_to(_TESTS)) for path in files if words in path.read_text(encoding="utf-8")}


def test_python_is_started_only_where_its_start_matters() -> None:
    assert files_with("sys.executable") == STARTS_PYTHON


def test_a_new_database_is_migrated_only_where_that_is_tested() -> None:
    assert files_with("schema.upgrade(") == MIGRATES
