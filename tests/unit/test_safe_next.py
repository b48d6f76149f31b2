"""The way back after signing in leads to a page of our own, whatever a link asked for."""

import pytest

from service.web.viewer import safe_next


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/plans?show=late", "/plans?show=late"),
        ("//evil.example.org", "/"),
        ("/\\evil.example.org", "/"),
        ("/a\\..\\b", "/"),
        ("https://evil.example.org", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/\t/evil.example.org", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/" + "a" * 600, "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_the_way_back_is_never_to_somewhere_else(asked: str | None, led: str) -> None:
    assert safe_next(asked) == led
