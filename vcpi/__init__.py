"""Find what else is like a compound, in what it looks like and in what it does to cells, and how sure that is.

>>> import vcpi
>>> database = vcpi.open("screen")  # doctest: +SKIP
>>> database.like("everolimus", k=5).hits  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi._guard import refuse_foreign

refuse_foreign()

from vcpi.errors import (  # noqa: E402  nothing else loads beside a foreign package
    AmbiguousCompoundError,
    ArtifactError,
    DataError,
    GeneCoverageError,
    InputError,
    MissingDependencyError,
    StaleIndexError,
    StructureParseError,
    UnknownCompoundError,
    VcpiError,
    WorkspaceError,
)
from vcpi.version import __version__  # noqa: E402

if TYPE_CHECKING:
    from os import PathLike

    from vcpi.database import Database

__all__ = [
    "AmbiguousCompoundError",
    "ArtifactError",
    "DataError",
    "GeneCoverageError",
    "InputError",
    "MissingDependencyError",
    "StaleIndexError",
    "StructureParseError",
    "UnknownCompoundError",
    "VcpiError",
    "WorkspaceError",
    "__version__",
    "open",
]


def open(home: str | PathLike[str] = ".") -> Database:  # noqa: A001  the contract's name, always called as vcpi.open
    """Open a workspace for questions.

    Parameters
    ----------
    home
        Folder that holds ``db/`` and ``index/``.

    Raises
    ------
    WorkspaceError
        There is no workspace, or it belongs to a newer vcpi.

    Examples
    --------
    >>> import vcpi
    >>> vcpi.open("no such folder")
    Traceback (most recent call last):
    ...
    vcpi.errors.WorkspaceError: No workspace at no such folder (there is no db/vcpi.sqlite); ...
    """
    from pathlib import Path

    from vcpi.database import Database  # NumPy and RDKit load here, so that `import vcpi` stays light

    return Database(Path(home))
