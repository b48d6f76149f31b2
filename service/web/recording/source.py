"""The source under which pages record facts."""


def source_of(authority: str) -> str:
    """The source of an authority's pages: its own, so that their ids meet with nobody else's."""
    return f"/{authority}/planwatch-pages"
