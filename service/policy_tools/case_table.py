"""Tables of cases that stand beside a policy: given these facts, this is due then, and that is told to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from service.domain.calendar import at_local, local
from service.domain.events.vocabulary import PersonKind, iso_day
from service.domain.language.base import PolicyModel
from service.files.policy_faults import once_each
from service.files.policy_files import PolicyFault, PolicyFileError, data_of, line_in
from service.files.policy_places import POLICIES, SHARED, SUFFIXES

# What has a day and no hour is recorded at this local time.
RECORDED_AT = time(10)


def _moment(value: object) -> object:
    """`2026-01-05` or `2026-01-05 18:30`, local; the second is a moment."""
    if not isinstance(value, str) or len(value) <= len("2026-01-05"):
        return iso_day(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise ValueError("is no local moment; write it like 2026-01-05 18:30")
    return at_local(moment.date(), moment.time())


def _day(value: object) -> object:
    return iso_day(value) if isinstance(value, str) else value


Moment = Annotated[date | datetime, BeforeValidator(_moment)]
LocalDay = Annotated[date, BeforeValidator(_day)]


class CasePerson(PolicyModel):
    """Somebody beside the holders of the roles: what kind of person, and which role of many on the plan."""

    kind: PersonKind
    role: str | None = None
    parental_responsibility: bool = False


def _person(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


class CaseFact(BaseModel):
    """A fact: the type of event, its day or moment, and its fields under their own names."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    when: str
    on: Moment | None = None
    at: str | None = None
    recorded: Moment | None = None
    subject: str | None = None
    id: str | None = None

    @property
    def fields(self) -> Mapping[str, object]:
        """The fields of the event beside its day or moment."""
        return self.model_extra or {}


class DueRow(PolicyModel):
    """A duty that stands at the end of a case: each word that is given must be so."""

    rule: str | None = None
    kind: str | None = None
    on: LocalDay | None = None
    by: str | None = None
    about: str | None = None
    opened: LocalDay | None = None
    status: Literal["open", "met", "met_late", "overdue", "cancelled", "superseded"] | None = None

    @model_validator(mode="after")
    def _says_which(self) -> DueRow:
        if self.rule is None and self.kind is None:
            raise ValueError("say which duty is meant: rule, or kind")
        return self


class ToldRow(PolicyModel):
    """Something that is told until the end of a case: each word that is given must be so."""

    to: str
    on: LocalDay | None = None
    at: Moment | None = None
    purpose: str | None = None
    channel: str | None = None
    kind: str | None = None


class Case(PolicyModel):
    """One story: a plan, what becomes known of it, and what follows by the end of a day."""

    case: str
    plan: dict[str, object]
    people: dict[str, Annotated[CasePerson, BeforeValidator(_person)]] = Field(default_factory=dict)
    facts: list[CaseFact] = Field(default_factory=list)
    until: LocalDay
    due: list[DueRow] = Field(default_factory=list)
    not_due: list[DueRow] = Field(default_factory=list)
    messages: Annotated[list[ToldRow], Field(default_factory=list, alias="told")]
    no_messages: Annotated[list[ToldRow], Field(default_factory=list, alias="not_told")]

    @model_validator(mode="after")
    def _expects_something(self) -> Case:
        if not (self.due or self.not_due or self.messages or self.no_messages):
            raise ValueError("expects nothing; give due, not_due, told or not_told")
        if "on" not in self.plan and "at" not in self.plan:
            raise ValueError("the plan has no day; give it one, as in {on: 2026-01-05, route: child_in_need}")
        return self


class CaseTable(PolicyModel):
    """The cases of one policy. `policy` names its file or authority where the table's own name does not."""

    policy: str | None = None
    cases: Annotated[list[Case], Field(min_length=1)]


def load_table(path: Path) -> CaseTable:
    """Read a table of cases. Raises a PolicyFileError with all faults and their lines."""
    data = data_of(path)
    try:
        return CaseTable.model_validate(data)
    except ValidationError as error:
        faults = [
            PolicyFault(path.name, line_in(path, where), ".".join(map(str, where)), detail)
            for where, detail in once_each(error.errors(include_url=False))
        ]
        raise PolicyFileError(faults) from None


def tables_beside(policy: Path) -> list[Path]:
    """The tables that stand beside a policy file, or in the folder `tests` there."""
    places = (policy.with_name(f"{policy.stem}.test.yaml"), policy.parent / "tests" / f"{policy.stem}.test.yaml")
    return [place for place in places if place.is_file()]


def policy_of(path: Path, table: CaseTable, folders: Sequence[Path] = ()) -> Path:
    """The policy file that a table is about: the one that it names, or of its own name. A PolicyFileError: none."""
    name = table.policy or path.name.removesuffix(".test.yaml")
    file_names = [name] if name.endswith(SUFFIXES) else [f"{name}{suffix}" for suffix in SUFFIXES]
    candidates = [place / file for place in _places(path, folders) for file in file_names]
    policy = next((place for place in candidates if place.is_file()), None)
    if policy is None:
        detail = f"there is no policy '{name}' beside this table, nor a built-in one; name its file with policy:"
        raise PolicyFileError([PolicyFault(path.name, 1, "policy", detail)])
    return policy


def _places(table: Path, folders: Sequence[Path]) -> list[Path]:
    """The folders in which the policy of a table may lie, the nearest first."""
    folders_of_policies = [*folders, POLICIES]
    return [table.parent, table.parent.parent, *folders_of_policies, *(place / SHARED for place in folders_of_policies)]


def moment_text(moment: date | datetime) -> str:
    """A day, or a local moment, as a table has it."""
    return f"{local(moment):%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else moment.isoformat()
