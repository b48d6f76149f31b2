"""Requests that were refused: how they are counted, logged and limited."""

import pytest
from starlette.requests import HTTPConnection
from structlog.testing import capture_logs

from service.api.refusing import peer
from service.refused_requests import MOST_FAILURES, RefusalKind, RefusedRequests


async def test_the_first_is_logged_at_once_and_what_follows_in_a_minute_in_one_line() -> None:
    refused = RefusedRequests()
    with capture_logs() as lines:
        for number in range(5):
            refused.note(RefusalKind.TOKEN_ENDED, f"198.51.100.{number % 2}", "case-system")
        refused.note(RefusalKind.TOKEN_UNKNOWN, "198.51.100.7")
        refused.log_rest(RefusalKind.TOKEN_ENDED, "case-system")
        refused.note(RefusalKind.TOKEN_ENDED, "198.51.100.1", "case-system")
    assert [(line["kind"], line["number"], line["peers"], line["token"]) for line in lines] == [
        ("token_ended", 1, 1, "case-system"),
        ("token_unknown", 1, 1, None),
        ("token_ended", 4, 2, "case-system"),
        ("token_ended", 1, 1, "case-system"),
    ]
    assert "198.51.100" not in str(lines)
    assert refused.counts[RefusalKind.TOKEN_ENDED] == 6


def test_a_peer_that_fails_too_often_is_told_to_come_back_when_its_minute_is_over() -> None:
    moment = [0.0]
    refused = RefusedRequests(lambda: moment[0])
    assert [refused.failed("a") for _ in range(MOST_FAILURES)] == [None] * MOST_FAILURES
    moment[0] = 20.0
    assert (refused.failed("a"), refused.failed("b")) == (40, None)
    moment[0] = 59.9
    assert refused.failed("a") == 1
    moment[0] = 60.0
    assert refused.failed("a") is None


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("a:b", "a:b"),
    ],
)
def test_a_peer_of_version_6_is_its_network(host: str, named: str) -> None:
    assert peer(HTTPConnection({"type": "http", "client": (host, 1)})) == named
