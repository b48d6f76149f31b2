"""Templates as Python runs them, kept beside the code as Python keeps its own modules.

To compile those of a year's messages takes 0.06 seconds, which each command that renders would spend. `python -m
notifications.catalogue.compiled` compiles all of them ahead of time.
"""

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import Any, Final

import jinja2
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from jinja2.bccache import Bucket, BytecodeCache

from notifications.catalogue.filters import FILTERS
from notifications.catalogue.languages import TEMPLATES

KEPT_IN: Final = Path(__file__).with_name("__pycache__")


class KeptTemplates(BytecodeCache):
    """Compiled templates as files of a folder. Each is used only where it is whole, and made of the same.

    It is made of a template's words, by this module, jinja2 and Python. Nothing else bears on it: no filter is asked
    while a template is compiled (a test holds that). Whoever cannot read a file compiles; whoever cannot write one, or
    is not to (`writes`), goes on.
    """

    def __init__(self, folder: Path, *, writes: bool) -> None:
        self._folder, self._writes = folder, writes
        self._made_by = f"{jinja2.__version__}\0{sys.version}\0{Path(__file__).read_text(encoding='utf-8')}"

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The name of a template's file."""
        del filename
        return f"{name}.{sys.implementation.cache_tag}.compiled"

    def get_source_checksum(self, source: str) -> str:
        """What a compiled template is made of, in short."""
        return hashlib.sha256(f"{self._made_by}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a compiled template, if it is there and whole: half a file, after a loss of power, is none."""
        with suppress(OSError):
            kept = (self._folder / bucket.key).read_bytes()
            digest, code = kept[:32], kept[32:]
            if digest == hashlib.sha256(code).digest():
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template. Several processes and threads may do so at once."""
        if not self._writes:
            return
        code = bucket.bytecode_to_string()
        unfinished = self._folder / f"{bucket.key}.{os.getpid()}.{get_ident()}"
        with suppress(OSError):
            unfinished.write_bytes(hashlib.sha256(code).digest() + code)
            unfinished.replace(self._folder / bucket.key)


class TemplateEnvironment(Environment):
    """Where templates ask: for what stands under a name in what came as JSON, it asks for no attribute first."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute, or what stands under that name."""
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


@cache
def compiled(file: str, folder: Path) -> Template:
    """A template of a folder, ready to be rendered. Raises jinja2's `TemplateError` where it is missing or faulty."""
    return _environment(folder).get_template(file)


@cache
def _environment(folder: Path) -> Environment:
    if folder != TEMPLATES:  # somebody tries a template out
        return environment_of(folder, None)
    return environment_of(folder, KeptTemplates(KEPT_IN, writes=not sys.dont_write_bytecode))


def environment_of(folder: Path, kept: KeptTemplates | None) -> Environment:
    """In what the templates of a folder are compiled, and where they are kept; None: nowhere."""
    environment = TemplateEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=kept,
    )
    environment.filters |= FILTERS
    return environment


def keep_all(folder: Path = KEPT_IN) -> None:
    """Compile all templates and keep them in a folder."""
    environment = environment_of(TEMPLATES, KeptTemplates(folder, writes=True))
    for path in TEMPLATES.iterdir():
        environment.get_template(path.name)


if __name__ == "__main__":
    keep_all()
