"""Documents that are made from the code: each module prints one, and its test fails when the document is stale."""
