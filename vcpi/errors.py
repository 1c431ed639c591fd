"""The errors of vcpi.

Each derives from :class:`VcpiError` and from the built-in that a caller would guess::

    VcpiError
    ├── InputError (ValueError)            an argument or a query that cannot be used
    │   ├── StructureParseError            not a structure
    │   ├── UnknownChoiceError             nothing has this name; the nearest names are told
    │   └── GeneCoverageError              too few genes of a query are in the dataset
    ├── UnknownCompoundError (LookupError) no compound answers to this name
    │   └── AmbiguousCompoundError         several unlike compounds do
    ├── DataError (ValueError)             a source file that cannot be ingested
    ├── WorkspaceError (OSError)           no workspace there, or one that cannot be used
    ├── ArtifactError (RuntimeError)       the store or an index is damaged
    │   └── StaleIndexError                an index that does not fit its store
    └── MissingDependencyError (ImportError)  something has to be installed first

A message says what is wrong, with the value, then what was expected and the way out.
"""

from __future__ import annotations


class VcpiError(Exception):
    """Base of every error that vcpi raises on purpose."""


class InputError(VcpiError, ValueError):
    """An argument or a query cannot be used as it is."""


class StructureParseError(InputError):
    """A text is not a chemical structure."""


class UnknownChoiceError(InputError):
    """Nothing has a name, and these have one that is like it.

    Parameters
    ----------
    message
        One line.
    near
        Names that may be meant, the best first, each with what it is in words.
    """

    def __init__(self, message: str, *, near: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.near = near

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the names when the error comes from another process."""
        return _unknown_choice, (str(self), self.near)


def _unknown_choice(message: str, near: tuple[tuple[str, str], ...]) -> UnknownChoiceError:
    """Make the error anew."""
    return UnknownChoiceError(message, near=near)


class GeneCoverageError(InputError):
    """Too few genes of a query are measured in the dataset."""


class UnknownCompoundError(VcpiError, LookupError):
    """No compound answers to a name."""


class AmbiguousCompoundError(UnknownCompoundError):
    """Several unlike compounds answer to a name."""


class DataError(VcpiError, ValueError):
    """A source file cannot be ingested."""


class WorkspaceError(VcpiError, OSError):
    """There is no workspace, or it cannot be used."""


class ArtifactError(VcpiError, RuntimeError):
    """The store or an index is damaged."""


class StaleIndexError(ArtifactError):
    """An index does not fit its store."""


class MissingDependencyError(VcpiError, ImportError):
    """A library that this call needs is not installed."""
