"""The words of a template that says one of several things, as its file sets them."""

from collections.abc import Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.catalogue.languages import TEMPLATES


def fixed_words(template: str) -> Mapping[str, Mapping[str, str]]:
    """The words of a template with several messages, by code: the `subject`, `what` happened, and what to `do`."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)  # noqa: S701 - plain text
    # The names that a template sets are attributes of its module, which the type checker does not know.
    words: Mapping[str, Mapping[str, str]] = vars(environment.get_template(f"_{template}.txt").module)["WORDS"]
    return words
