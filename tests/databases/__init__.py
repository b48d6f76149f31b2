"""The databases that the tests run on."""

import pytest

# For what asks nothing that another test of the file does not ask on both.
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
