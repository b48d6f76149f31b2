"""Templates of pages allow no gap, the style sheet brings nothing along, and forms lead nowhere else."""

import gzip
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request

from cli.demo import pages
from service import web
from service.web.components import page_templates
from service.web.flash import done
from service.web.stylesheet import STYLE_SHEET


class Worker:
    """Somebody who looks."""


def test_the_style_sheet_is_small_and_brings_nothing_along() -> None:
    text = STYLE_SHEET.content.decode()
    assert len(gzip.compress(STYLE_SHEET.content)) < 40_000
    assert "url(" not in text
    assert "GDS Transport" not in text


def test_no_page_has_the_name_of_one_of_the_demonstration() -> None:
    own, demonstration = (
        {file.name for file in (Path(package.__path__[0]) / "templates").iterdir()} for package in (web, pages)
    )
    assert own & demonstration == set()


def test_a_form_leads_nowhere_else() -> None:
    request = Request({"type": "http", "scheme": "http", "path": "/", "headers": []})
    for path in ("//evil.example.org", "https://evil.example.org/", "/\\evil.example.org"):
        with pytest.raises(ValueError, match="leads elsewhere"):
            done(request, path, "recorded")


def test_a_template_names_nothing_that_it_was_not_given() -> None:
    environment = page_templates()
    with pytest.raises(UndefinedError):
        environment.from_string("{{ forgotten }}").render()
    with pytest.raises(UndefinedError):
        environment.from_string("{% if worker.forgotten %}x{% endif %}").render(worker=Worker())
    button = '{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}'
    assert "Send" in environment.from_string(button + '{{ govukButton({"text": "Send"}) }}').render()
