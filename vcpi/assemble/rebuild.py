"""Rebuilding every index from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.assemble.publish import build_all, writing
from vcpi.assemble.scoring import rescore
from vcpi.errors import WorkspaceError
from vcpi.store.connection import store_path

if TYPE_CHECKING:
    from pathlib import Path


def rebuild(home: Path, *, fast: bool = False) -> list[str]:
    """Rebuild the indexes of a workspace and return the names of their files.

    Equal content of the store gives files that are equal bit for bit. Datasets that were scored by other panels than
    those of this vcpi are scored again.

    Parameters
    ----------
    home
        Folder of the workspace.
    fast
        Build the fast indexes too; those that were there, and those of 200,000 signatures or more, are always built.

    Raises
    ------
    WorkspaceError
        There is no workspace to build from.
    """
    if not store_path(home).is_file():
        message = f"No workspace at {home} (there is no db/vcpi.sqlite); make one with 'vcpi ingest' or 'vcpi demo', or name one with --home"
        raise WorkspaceError(message)
    with writing(home) as database:
        rescore(database)
        return build_all(database, home, fast=fast)
