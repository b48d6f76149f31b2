"""An email that is put together by hand is, to whoever reads it, the one that the standard library would have made."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifications.message import Channel, Content
from notifications.providers.smtp.compose import compose, compose_by_library
from tests.contract.outgoing import outgoing

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)
# Spaces at the end of a line, dots by themselves, letters of all lengths in UTF-8, lines of any length.
TEXTS = st.lists(
    st.one_of(WORDS, st.sampled_from([".", "..", "a ", "\t", "=", "From me", "--=_", "ż" * 100])), max_size=8
)
SENDERS = st.sampled_from(["planwatch@example.org", "Planwatch <planwatch@example.org>", '"A, B" <a.b@example.org>'])


def read(message: bytes) -> EmailMessage:
    """What a mail program makes of it."""
    parsed = message_from_bytes(message, policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


def headers(message: EmailMessage) -> dict[str, str]:
    """Its headers, but for its subject and the kind of its content."""
    about_content = ("Content-", "Subject")
    return {name: str(value) for name, value in message.items() if not name.startswith(about_content)}


@settings(deadline=None)  # the first is slow, and says nothing
@given(WORDS, TEXTS, TEXTS, SENDERS, st.booleans(), st.booleans())
@example("", [], [], "planwatch@example.org", True, False)
@example("P-1 =?utf-8?q?x?=", ["a"], ["b"], "planwatch@example.org", True, True)
@example("a  b " + "c" * 200, ["." * 200], [" "], "planwatch@example.org", True, True)
def test_it_reads_the_same(
    subject: str, text: list[str], html: list[str], sender: str, has_html: bool, urgent: bool
) -> None:
    content = Content(subject, "\n".join(text) + "\n", "\n".join(html) + "\n" if has_html else None)
    handed = replace(outgoing(Channel.EMAIL, urgent=urgent), content=content)
    message = compose(handed, sender, "worker@example.org")
    ours, theirs = read(message), read(compose_by_library(handed, sender, "worker@example.org"))
    assert headers(ours) == headers(theirs)
    assert str(ours["Subject"]) == subject  # the library takes words that look encoded for encoded ones
    assert [part.get_content_type() for part in ours.walk()] == [part.get_content_type() for part in theirs.walk()]
    parts = zip(ours.walk(), theirs.walk(), strict=True)
    assert all(mine.get_content() == other.get_content() for mine, other in parts if not mine.is_multipart())
    assert ours.defects == []


@settings(deadline=None)
@given(WORDS, TEXTS)
@example("\U00010000" * 11 + "a", [])  # 45 bytes
def test_it_crosses_every_line(subject: str, text: list[str]) -> None:
    content = Content(subject, "\n".join(text) + "\n", "\n".join(text) + "\n")
    message = compose(replace(outgoing(Channel.EMAIL), content=content), "planwatch@example.org", "worker@example.org")
    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n")
    assert max(len(line) for line in message.split(b"\r\n")) <= 78
