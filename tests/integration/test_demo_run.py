"""The demonstration from start to end, as a visitor has it: a process, its pages, and Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cli.demo import story
from cli.demo.standins.serving import HOST, bind

_COMMAND = [sys.executable, "-c", "from cli.main import main; main()", "run", "--demo", "--port"]
_ROOT = Path(__file__).parents[2]
Feed = dict[str, Any]


class Visitor:
    """Somebody in front of the demonstration's pages."""

    def __init__(self, process: subprocess.Popen[str], client: httpx2.Client) -> None:
        self.process, self._client = process, client

    def sees(self, what: str, seen: Callable[[Feed], Any], within: float = 60.0) -> Any:
        """Wait until the feed shows something, and give what it shows."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            try:
                if found := seen(self._client.get("/demo/feed.json").json()):
                    return found
            except httpx2.TransportError:
                time.sleep(0.1)  # it is starting
        raise AssertionError(f"not seen within {within} seconds: {what}")

    def after(self, hours: float) -> Feed:
        """The feed some hours later by the demonstration's clock."""
        until = _now(self.sees("the time", lambda feed: feed)) + timedelta(hours=hours)
        later: Feed = self.sees("later", lambda feed: feed if _now(feed) >= until else None)
        return later

    def page(self, path: str) -> str:
        answer = self._client.get(path)
        assert answer.status_code == 200
        return answer.text

    def press(self, path: str, **fields: str) -> None:
        assert self._client.post(path, data=fields).status_code == 303

    def answers(self, person: str, text: str) -> None:
        """Press the button of a phone's page that texts back."""
        found = re.search(r'action="([^"]+)" class="answers"', self.page(f"/phones/{person}"))
        assert found
        self.press(found[1], text=text)

    def confirm_alerts_on(self, page: str) -> None:
        """Press each button of the page that confirms an alert, of the two who were told first."""
        found = re.search(r'name="alert" value="([^"]+)"', page)
        assert found
        people = re.findall(rf'id="take-{found[1]}-([^"]+)"', page)
        for person in people[:2]:
            self.press("/demo/acknowledge", plan=story.CROSSED, alert=found[1], person=person)


def _now(feed: Feed) -> datetime:
    return datetime.fromisoformat(feed["now"])


@contextmanager
def demonstration(folder: Path) -> Iterator[Visitor]:
    with closing(bind()) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*_COMMAND, str(port), "--speed", "1440"],
        cwd=_ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx2.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=30) as client:
            yield Visitor(process, client)
    finally:
        process.kill()
        process.communicate()


def arrival(**wanted: object) -> Callable[[Feed], object]:
    """Something arrived that is as wanted."""

    def seen(feed: Feed) -> object:
        return next((one for one in feed["items"] if all(one[key] == value for key, value in wanted.items())), None)

    return seen


@pytest.mark.timeout(240)
def test_a_newcomer_sees_what_it_does_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with demonstration(tmp_path) as visitor:
        visitor.sees("the first page", lambda feed: feed["now"], within=40)
        assert "Monday" in visitor.page("/")
        visitor.sees("an email for what is due today", arrival(purpose="reminder", plan=story.UNVISITED))
        visitor.sees("a digest", arrival(purpose="digest", channel="email"))
        # What the visitor does takes as long as the machine takes: the clock stands still for it.
        visitor.press("/demo/clock", do="pause")
        visitor.press("/demo/clock", do="skip")
        visitor.sees("a check-in that was texted", arrival(template="check_in", person="kin-1", channel="sms"))
        visitor.sees("its answer", arrival(person="kin-1", theirs=True))
        for channel in ("sms", "email"):
            asked = {"about": "call", "role": "social_worker", "plan": "P-6002", "channel": channel}
            visitor.sees("a call asked for", arrival(**asked))
        visitor.answers("kin-3", "2")
        visitor.sees("what follows", arrival(about="call", plan="P-6003", person="sg-sw-1", channel="sms"))
        visitor.sees("an answer to the phone", arrival(template="reply_call", person="kin-3"))
        visitor.press("/demo/clock", do="go")
        visitor.sees(
            "overdue, with the team manager", arrival(purpose="overdue", role="team_manager", plan=story.UNVISITED)
        )
        for channel in ("sms", "email"):
            visitor.sees("the alert climbs", arrival(purpose="alert", role="on_call_manager", channel=channel))
            visitor.press("/demo/clock", do="pause")
        visitor.confirm_alerts_on(visitor.page("/"))
        visitor.sees("that enough have confirmed", lambda feed: not feed["alerts"][0]["open"])
        visitor.press("/demo/clock", do="go")
        # What was in the middle of being sent just then still arrives.
        told = visitor.after(hours=2)["alerts"][0]["told"]
        assert visitor.after(hours=2)["alerts"][0]["told"] == told
        overview = visitor.page("/")
        assert "took hold of it" in overview
        assert overview.count("(has happened)") == 7
        visitor.process.send_signal(signal.SIGINT)
        out, err = visitor.process.communicate(timeout=15)
        assert (visitor.process.returncode, err) == (0, "")
        assert "The demonstration has ended" in out
        assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told_plainly(tmp_path: Path) -> None:
    with closing(bind()) as taken:
        taken.listen()
        ended = subprocess.run(
            [*_COMMAND, str(taken.getsockname()[1])], cwd=_ROOT, capture_output=True, text=True, timeout=30, check=False
        )
    assert ended.returncode == 2
    assert "choose another with --port" in ended.stderr
