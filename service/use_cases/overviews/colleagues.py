"""The workers of an authority, to choose one of: as a cover, or to take plans over."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from service.store import workers


async def colleagues(session: AsyncSession, authority: str) -> Mapping[str, str]:
    """Their names by id, in order of names."""
    names = await workers.of_authority(session, authority)
    return dict(sorted(names.items(), key=lambda entry: (entry[1].casefold(), entry[0])))
