"""What a text that comes back is taken for: many spellings, and the near misses that a person must read."""

from __future__ import annotations

import pytest

from service.domain.events.replies import ReadReply, ReplyMeaning, meaning_of, read_reply

TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"]
OK = ["1", " 1 ", "1.", "1!", "1️⃣", "１", "one", "One", "ONE.", "yes", "Yes", "YES!", "yes.", "y", "Y", "Y.", "👍👍",
      "👍️", "ok", "Ok."]  # fmt: skip
CALL = ["2", " 2", "2.", "2!", "２", "two", "Two", "2\n"]
STOP = [
    "STOP", "stop", "Stop.", " stop ", "STOP!", "ＳＴＯＰ", "stopp", "STOP STOP", "stop all", "STOPALL", "unsubscribe",
    "Unsubscribe.", "cancel", "end", "quit", "opt out", "opt-out", "OptOut", "Sotp", "“STOP”", "‘Stop’", "«stop»",
    "S\u200bTO\u2060P", "\ufeffstop", "Stop please", "please stop", "pls stop", "STOP 1", "ok stop",
    "Stop, thank you", "STOP X", "STOP 🛑", "s.t.o.p.", "S T O P", "STOPSTOP", "stop texting me",
    "Stop sending me these messages please", "stop all messages", "STOP\n\nSent from my iPhone",
    "Stop\n--\nSent via the app", "Stopio", "Przestań", "przestan prosze", "Koniec", "Arrêt", "St\u00ado\u00adp",
    "ST0P", "reply stop", "> STOP", "Re: STOP", "stopppp", "STOP\x00", "STOP/ARRET", "#stop",
]  # fmt: skip
# Whose first meaning is to stop, or may be: they stop, and somebody reads them.
STOP_AND_READ = [
    "STOP who is this", "Stop! he is here", "STOP - Nan", "stop\n--\nNan", "stop it", "stop 2", "stop help",
    "I said stop", "yes stop", "can you stop texting me", "don't text me now he is here", "do not contact me again",
    "please could you stop the messages", "STOP (ESTOPIO)", "stop😡", "Wrong number. STOP", "not today\nstop",
]  # fmt: skip
LIKED = [
    "Liked “Hi. All ok today? Text 1 if so, or 2 and I'll ring you.”", 'Loved "Hi. All ok today?"',
    "Reacted 👍 to “Hi.”",
]  # fmt: skip
BY_ITSELF = [
    "I'm driving", "I’m driving right now. I'll get back to you.", "Laughed at “Hi.”",
    "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message when I get where I’m going.",
    "(I’m not receiving notifications. If this is urgent, reply “urgent”.)", "Removed a like from “Hi.”",
    "Automatic reply: I am away", "I'm driving - Sent from my car",
]  # fmt: skip
A_PERSON = [
    "", "3", "12", "21", "1 or 2?", "1 2", "no", "n", "help", "Help!", "0", "yes but come round", "he is here",
    "please don't stop", "stop him", "can you stop by", "I can't stop him shouting", "stop it dad", "👎", "👍👎", "?",
    "not ok", "all ok? no", "call the police", "999", "who is this", "🆘", "11", "22", "1 🆘", "yes 😢", "👍😭",
    "please don't stop texting", "I can't stop", "the bus stop", "cancel my appointment", "START", "unstop",
    "nonstop", "Disliked “Hi. All ok today?”", "Questioned “Hi.”", "stop them",
    "I'm driving him to school and he hit me", "I'm driving right now. I'll kill her",
    "he won't stop, I'm scared", "wrong number", "reply", "1/2", "top",
]  # fmt: skip


@pytest.mark.parametrize("text", [*OK, *(f"👍{tone}" for tone in TONES)])
def test_all_is_well(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.OK


@pytest.mark.parametrize("text", CALL)
def test_a_call_is_wanted(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.CALL


@pytest.mark.parametrize("text", STOP)
def test_no_more_texts(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.STOP


@pytest.mark.parametrize("text", STOP)
def test_a_plain_stop_needs_no_reader(text: str) -> None:
    assert not read_reply(text).to_read


@pytest.mark.parametrize("text", STOP_AND_READ)
def test_in_doubt_it_stops_and_a_person_reads_it(text: str) -> None:
    assert read_reply(text) == ReadReply(ReplyMeaning.STOP, to_read=True)


@pytest.mark.parametrize("text", LIKED)
def test_a_touch_that_likes_our_text_is_a_thumb(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.OK


@pytest.mark.parametrize("text", BY_ITSELF)
def test_what_a_telephone_writes_by_itself_is_no_answer_and_no_alert(text: str) -> None:
    assert read_reply(text) == ReadReply(ReplyMeaning.AUTOMATIC, to_read=False)


@pytest.mark.parametrize("text", A_PERSON)
def test_whatever_else_is_for_a_person_to_read(text: str) -> None:
    assert meaning_of(text) is ReplyMeaning.UNCLEAR
