"""The demonstration from start to end, as a visitor has it: a process, its pages, and Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from cli.demo.data.caseload import DATA
from cli.demo.run import HOST
from cli.serving import listen
from tests.demo_story import CROSSED, UNVISITED
from tests.fork_server import planwatch

_WHOLE = "from cli.main import main; main()"
_SMALL_ONE = """
import pathlib, sys
from cli.demo.run import run_demo
run_demo(600, int(sys.argv[4]), pathlib.Path("data"))
"""
_ROOT = Path(__file__).parents[2]
PLANS = (UNVISITED, "P-2038", "P-2045")
_BETWEEN_LOOKS = 0.5  # seconds: each look costs the demonstration a page
_SMALL = "/phones/kin-1"  # a page with little on it beside the clock
_CLOCK = re.compile(r'id="clock" data-part><time datetime="([^"]+)"')


class Visitor:
    """Somebody in front of the demonstration's pages."""

    def __init__(self, process: subprocess.Popen[str], client: httpx2.Client) -> None:
        self.process, self._client = process, client

    def sees(self, path: str, *words: str) -> str:
        """Look at a page until it shows something, for as long as the demonstration runs; gives the page."""
        while True:
            assert self.process.poll() is None, self.process.communicate()
            with suppress(httpx2.ConnectError):  # it is starting
                page = self.page(path)
                if all(word in page for word in words):
                    return page
            time.sleep(_BETWEEN_LOOKS)

    def later(self, **by: float) -> None:
        """Wait until so much time has passed by the demonstration's clock."""
        until = self._now() + timedelta(**by)
        while self._now() < until:
            time.sleep(_BETWEEN_LOOKS)

    def page(self, path: str) -> str:
        answer = self._client.get(path, follow_redirects=True)
        assert answer.status_code == 200
        return answer.text

    def press(self, path: str, **fields: str) -> None:
        assert self._client.post(path, data=fields).status_code == 303

    def answers(self, person: str, text: str) -> None:
        """Press the button of a phone's page that texts back."""
        form = re.search(r'action="([^"]+)" class="answers"', self.page(f"/phones/{person}"))
        assert form
        self.press(form[1], text=text)

    def acknowledge_alerts_on(self, page: str) -> None:
        """Press each button of the page that acknowledges an alert, of the two who were told first."""
        alert = re.search(r'name="alert" value="([^"]+)"', page)
        assert alert
        people = re.findall(rf'id="take-{alert[1]}-([^"]+)"', page)
        for person in people[:2]:
            self.press("/demo/acknowledge", plan=CROSSED, alert=alert[1], person=person)

    def alerts_of(self, person: str) -> int:
        """How often somebody was told of the bottom line, by text and by email."""
        return sum(self.page(f"/{where}/{person}").count(CROSSED) for where in ("phones", "inboxes"))

    def ends(self, folder: Path) -> None:
        """Press Ctrl-C: it says that it has ended, and leaves nothing in its folder."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=600)
        assert (self.process.returncode, err) == (0, "")
        assert "The demonstration has ended" in out
        assert list(folder.iterdir()) == []

    def _now(self) -> datetime:
        clock = _CLOCK.search(self.page(_SMALL))
        assert clock
        return datetime.fromisoformat(clock[1])


def few_plans(folder: Path) -> None:
    """The demonstration's data with the histories of a few plans: to load that of all takes half a minute."""
    shutil.copytree(DATA, folder / "data", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for file in (folder / "data" / "councils").iterdir():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        events = zip(lines, map(json.loads, lines), strict=True)
        kept = [
            line for line, event in events if event.get("subject", "") in PLANS or "P-" not in event.get("subject", "")
        ]
        file.write_text("".join(kept), encoding="utf-8")


@contextmanager
def demonstration(folder: Path, program: str = _WHOLE, place: Path = _ROOT) -> Iterator[Visitor]:
    with closing(listen(HOST)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", program, "run", "--demo", "--port", str(port), "--speed", "600"],
        cwd=place,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx2.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=600) as client:
            yield Visitor(process, client)
    finally:
        process.kill()
        process.communicate()


def test_a_newcomer_sees_the_mornings_emails_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    place, folder = tmp_path / "place", tmp_path / "temporary"
    folder.mkdir()
    few_plans(place)
    with demonstration(folder, _SMALL_ONE, place) as visitor:
        visitor.sees("/", "Monday", "Look as somebody")
        visitor.sees("/inboxes/sw-10", f"{UNVISITED}: for today", "Your plans, Mon")
        visitor.ends(folder)


@pytest.mark.nightly
def test_a_bottom_line_is_told_until_the_visitor_acknowledges_it(tmp_path: Path) -> None:
    with demonstration(tmp_path) as visitor:
        visitor.sees("/", "Monday")
        # What the visitor does takes as long as the machine takes: the clock stands still for it.
        visitor.press("/demo/clock", do="pause")
        visitor.press("/demo/clock", do="skip")
        visitor.sees("/", "<strong>08:25</strong> <span>Tue")
        visitor.sees("/phones/kin-1", "Received: </span>Hi", "Grandmother of P-6001: </span>1")
        visitor.sees("/phones/sg-sw-2", "P-6002: somebody in the network asks for a call")
        visitor.sees("/inboxes/sg-sw-2", "P-6002: a call is asked for")
        visitor.answers("kin-3", "2")
        visitor.sees("/phones/sg-sw-1", "P-6003: somebody in the network asks for a call")
        visitor.sees("/phones/kin-3", "Grandfather of P-6003: </span>2", "ring you soon")
        # However slow the machine is, the clock waits for what is due, and the ladder is not climbed past the visitor.
        visitor.press("/demo/clock", do="go")
        visitor.sees("/inboxes/tm-02", f"{UNVISITED}: a date has passed")
        visitor.sees("/phones/oc-01", CROSSED)
        visitor.press("/demo/clock", do="pause")
        visitor.sees("/inboxes/oc-01", CROSSED)
        visitor.acknowledge_alerts_on(visitor.page("/"))
        overview = visitor.sees("/", "acknowledged it")
        assert not re.search(
            "(?i)sent late|message is late", visitor.page("/phones/oc-01") + visitor.page("/inboxes/oc-01")
        )
        assert overview.count("(has happened)") == 7
        visitor.press("/demo/clock", do="go")
        # What was in the middle of being sent just then still arrives.
        visitor.later(hours=1)
        told = visitor.alerts_of("oc-01")
        visitor.later(hours=2)
        assert 0 < visitor.alerts_of("oc-01") <= told
        visitor.ends(tmp_path)


async def test_a_port_that_is_taken_is_told_plainly(tmp_path: Path) -> None:
    with closing(listen(HOST)) as taken:
        command = ("run", "--demo", "--port", str(taken.getsockname()[1]))
        process = await planwatch(*command, folder=tmp_path, environment=os.environ)
        _, errors = await process.communicate()
    assert await process.wait() == 2
    assert "choose another with --port" in errors.decode()
