"""What the document on policies says of events is what the models hold."""

from tests.architecture.tree import ROOT
from tests.documents.event_clauses import table


def test_the_table_of_events_in_the_document_is_not_stale() -> None:
    # Stale? python -m tests.documents.event_clauses, into docs/policies.md
    assert f"\n{table()}\n\n" in (ROOT / "docs" / "policies.md").read_text()


def test_a_line_says_a_field_in_braces_as_any_value_and_spells_fields_as_the_contract_does() -> None:
    assert "| `visits.agreed` | visits by somebody are agreed | `on` `at` `by_role` `every` " in table()
    assert "| `plan.shared` | the plan is shared | `on` `at` `version` `with` `how` |" in table()
