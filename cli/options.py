"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Policies = Annotated[
    Path | None,
    typer.Option(
        help="A folder of policies, which stand above the built-in ones [PLANWATCH_POLICIES].", metavar="FOLDER"
    ),
]

PolicyFiles = Annotated[
    list[Path] | None,
    typer.Option(help="A policy file that alone holds for its authority; may be given again.", metavar="FILE"),
]
