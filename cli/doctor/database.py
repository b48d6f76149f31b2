"""Whether the database can be used; and then, what stands in it that somebody has to know."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cli.doctor import auditor, canaries, clocks, events, interruptions, postgres, processes, roles
from cli.doctor.checked import Checked
from config.database import Sessions, make_engine, make_sessions, reading, sqlite_file
from config.settings import Settings
from service.store import schema

Question = Callable[[AsyncSession], Awaitable[Sequence[Checked]]]
_QUESTIONS: Sequence[Question] = (
    postgres.check, clocks.check, interruptions.check, canaries.check, processes.check, auditor.check, roles.check,
    events.check,
)  # fmt: skip
_UPGRADE = "planwatch db upgrade (planwatch run does it, too)"


async def check(settings: Settings) -> Sequence[Checked]:
    """Its revision, and the answers to all questions; with one of another revision, that alone."""
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        return [Checked("database", "is not there yet", _UPGRADE)]
    engine = make_engine(settings.database_url)
    try:
        return await _asked(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        return [Checked("database", f"does not answer ({type(error).__name__})", "look at PLANWATCH_DATABASE_URL")]
    finally:
        await engine.dispose()


async def _asked(engine: AsyncEngine) -> Sequence[Checked]:
    async with engine.connect() as connection:
        found = await schema.revision(connection)
    if found != schema.newest():
        return [Checked("database", f"has revision {found}, needs {schema.newest()}", _UPGRADE)]
    sessions = make_sessions(engine)
    answers = await asyncio.gather(*(_answer(sessions, question) for question in _QUESTIONS))
    here = Checked("database", f"answers, and is up to date (revision {found}; {engine.dialect.name})")
    return [here, *(one for answer in answers for one in answer)]


async def _answer(sessions: Sessions, question: Question) -> Sequence[Checked]:
    async with reading(sessions) as session:
        return await question(session)
