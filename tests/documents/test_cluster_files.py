"""docs/operations.md shows the files that `make cluster` runs with."""

from pathlib import Path

import pytest

from tests.documents.cluster_files import FILES, written


@pytest.mark.parametrize("name", list(FILES))
def test_operations_show_each_file_as_the_cluster_runs_with_it(name: str) -> None:
    assert written(name) in Path("docs/operations.md").read_text()
