"""The service keeps what /v1/openapi.json says of it: schemathesis asks it, with what fits and with what does not."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.generation.case import Case
from schemathesis.generation.modes import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from service.api import event_examples
from service.api.cloud_events import SINGLE
from service.domain.events.event_types import EVENT_TYPES
from tests.architecture.tree import ROOT
from tests.examples import IS_NIGHTLY, examples
from tests.integration.service_process import Places, running, token_for_dudley

ROUTES = {
    "/v1/events", "/v1/twilio/inbound", "/v1/twilio/status", "/v1/notify/received", "/v1/notify/receipts", "/healthz",
    "/readyz", "/metrics",
}  # fmt: skip
SENT_BY_CLIENT = ("person.recorded", "plan.opened")
# What an event's data holds follows from its type: that much the description leaves to the contract. And a stranger who
# asks so often as at night is told to wait (429), which the check takes for being let in.
NOT_CHECKED = [positive_data_acceptance, *([ignored_auth] if IS_NIGHTLY else [])]
CALLS_BACK_WITH = "twenty-letters-or-more"
EXAMPLES = settings(
    max_examples=examples(5, 100),
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


async def test_whatever_is_asked_is_answered_as_described(tmp_path: Path) -> None:
    places = Places(
        tmp_path, more={"PUBLIC_URL": "https://planwatch.example.org", "NOTIFY_CALLBACK_TOKEN": CALLS_BACK_WITH}
    )
    token = await token_for_dudley(places)
    async with running(places) as service:
        asked = await asyncio.to_thread(ask_everything, service.url, token)
        assert asked >= ROUTES


def ask_everything(url: str, token: str) -> set[str]:
    """Ask each operation, with what fits its description and with what does not; which paths there are."""
    load_all_checks()
    described = schemathesis.openapi.from_url(f"{url}/v1/openapi.json")
    operations = list(operations_of(described))
    for operation in operations:
        # To what has no body and no parameter nothing can be sent that does not fit.
        for mode in GenerationMode if operation.method == "post" else [GenerationMode.POSITIVE]:
            ask(operation, mode, token)
    return {operation.path for operation in operations}


async def test_the_example_of_each_type_is_taken_as_a_client_of_the_description_sends_it(tmp_path: Path) -> None:
    places = Places(tmp_path)
    token = await token_for_dudley(places)
    async with running(places) as service:
        answers = await asyncio.to_thread(send_examples, service.url, token)
    assert sorted(answers) == sorted(EVENT_TYPES)
    assert {status for status, _ in answers.values()} == {202}
    assert [rejected for _, rejected in answers.values() if rejected] == []


async def test_the_client_in_the_document_has_an_event_taken(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    client: dict[str, Any] = {}
    exec(code, client)  # noqa: S102 -- the document's own code is what is tested
    places = Places(tmp_path)
    token = await token_for_dudley(places)
    async with running(places) as service:
        events = event_examples.examples()
        answers = [await asyncio.to_thread(client["send"], service.url, token, events[kind]) for kind in SENT_BY_CLIENT]
    assert [answer["accepted"] for answer in answers] == [1, 1]


def send_examples(url: str, token: str) -> dict[str, tuple[int, list[object]]]:
    """By type of event: with which status its example was answered, and what of it was rejected."""
    described = schemathesis.openapi.from_url(f"{url}/v1/openapi.json")
    (operation,) = (operation for operation in operations_of(described) if operation.path == "/v1/events")
    answers: dict[str, tuple[int, list[object]]] = {}
    for strategy in operation.get_strategies_from_examples():

        @settings(EXAMPLES, max_examples=1)
        @given(case=strategy)
        def send(case: Case[Any]) -> None:
            if case.media_type == SINGLE and isinstance(case.body, dict):
                answer = case.call(headers={"Authorization": f"Bearer {token}"}, timeout=600)
                answers[str(case.body["type"])] = answer.status_code, answer.json().get("rejected", [])

        send()
    return answers


def operations_of(described: schemathesis.BaseSchema) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """The operations of a description, all of which can be read."""
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def ask(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, token: str) -> None:
    """Ask one operation again and again; schemathesis's own checks say whether the answers are as described."""

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Case[Any]) -> None:
        bearer = CALLS_BACK_WITH if "/notify/" in operation.path else token
        answer = case.call(headers={"Authorization": f"Bearer {bearer}"}, timeout=600)
        too_large = [negative_data_rejection] if answer.status_code == 413 else []  # which it takes for no refusal
        case.validate_response(answer, excluded_checks=[*NOT_CHECKED, *too_large])
        assert answer.status_code < 500

    answered()
