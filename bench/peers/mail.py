"""What every peer delivers: one reminder a worker, rendered from a template, to a server on loopback."""

from email.message import EmailMessage

from jinja2 import Environment, StrictUndefined

NUMBER_OF_CONNECTIONS = 16
_TEXT = """\
{{ plan }} ({{ initials }})

{% for item in items %}
{{ item.label }}
    Due {{ item.due }}; last working day: {{ item.act_by }}.
    What is asked: {{ item.asks }}
    Done when: {{ item.done_when }}
    From: {{ item.source }}.

{% endfor %}
You get this because you are the social worker of this plan. To see the plan, sign in as usual: this email asks for no
password and holds no link.
"""
_HTML = "<!doctype html><html><body><pre>{{ text }}</pre></body></html>"
_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined)
_TEXT_TEMPLATE, _HTML_TEMPLATE = _ENVIRONMENT.from_string(_TEXT), _ENVIRONMENT.from_string(_HTML)
_ITEM = {
    "label": "Review of the plan",
    "due": "Friday 4 December 2026",
    "act_by": "Friday 4 December 2026",
    "asks": "The plan is reviewed with the family and everybody who has a part in it, within three months.",
    "done_when": "The review is recorded.",
    "source": "The council's guidance, section 4.2",
}


def reminder(number: int) -> EmailMessage:
    """The reminder with this number, about as large as planwatch's own."""
    text = _TEXT_TEMPLATE.render(plan=f"P-{number}", initials="Q.Z.", items=[_ITEM])
    message = EmailMessage()
    message["From"], message["To"] = "planwatch <planwatch@example.org>", f"worker-{number}@example.org"
    message["Subject"], message["Message-ID"] = f"P-{number}: due on Friday", f"<{number}@example.org>"
    message.set_content(text)
    message.add_alternative(_HTML_TEMPLATE.render(text=text), subtype="html")
    return message
