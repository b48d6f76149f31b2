"""What a policy keeps beside its rules: its words, as they are stored, and the documents on which it rests."""

from __future__ import annotations

import json
from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from service.domain.language.base import PolicyModel, day


class Edition(PolicyModel):
    """An edition of a document on which the policy rests, and the day on which somebody is to read it again."""

    title: str
    edition: str
    read_again: Annotated[date | None, BeforeValidator(day)] = None


class PolicyRecord(PolicyModel):
    """The part of a policy that says whence it is."""

    rests_on: list[Edition] = Field(default_factory=list)
    # What the policy was made from: a model that is written out again would not be read as the same.
    _words: object = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _keeps_its_words(cls, words: object, read: ModelWrapValidatorHandler[PolicyRecord]) -> PolicyRecord:
        policy = read(words)
        policy._words = words
        return policy

    @cached_property
    def stored(self) -> str:
        """The policy's words as they are stored: the same text, however its file is laid out."""
        return json.dumps(self._words, sort_keys=True)
