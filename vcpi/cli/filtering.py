"""The options that leave compounds out of a search, and the filter they make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vcpi.database.filters import Filter

CellLineOption = Annotated[str | None, typer.Option("--cell-line", help="Only signatures of this cell line.")]
DoseOption = Annotated[str | None, typer.Option("--dose", help="Only this dose in µM, or a range: 10 or 1-10.")]
TimeOption = Annotated[str | None, typer.Option("--time", help="Only this time in h, or a range: 24 or 6-24.")]
ClassOption = Annotated[
    list[str] | None,
    typer.Option("--class", help="Only this class, mechanism or target; may be repeated: any of them."),
]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", help="A descriptor condition, as 'mw<500' or 'logp>=2'; may be repeated.")
]
HoldsOption = Annotated[str | None, typer.Option("--holds", help="Only compounds that hold this SMARTS.")]
ActiveOption = Annotated[bool, typer.Option("--active", help="Only signatures that act.")]
ScaffoldOption = Annotated[
    bool,
    typer.Option(
        "--different-scaffold",
        help="Only other Murcko scaffolds than the query's, and no other compound of its large ring (12 atoms or more): "
        "a rapalog is no hop of a rapalog.",
    ),
]

_NUMBER = r"\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*"
_RANGE = re.compile(rf"{_NUMBER}(?:-{_NUMBER})?")


def filter_of(
    *,
    cell_line: str | None = None,
    dose: str | None = None,
    time: str | None = None,
    labels: list[str] | None = None,
    where: list[str] | None = None,
    holds: str | None = None,
    active: bool = False,
    different_scaffold: bool = False,
) -> Filter:
    """Make the filter of a command line."""
    from vcpi.database.filters import Filter  # RDKit loads when a verb asks, not for --help

    return Filter(
        cell_line=cell_line,
        dose_um=_range(dose, "--dose", "µM"),
        time_h=_range(time, "--time", "h"),
        labels=tuple(labels or ()),
        descriptors=tuple(where or ()),
        substructure=holds,
        active=active,
        different_scaffold=different_scaffold,
    )


def _range(text: str | None, option: str, unit: str) -> float | tuple[float, float] | None:
    """Read a number or a range."""
    if text is None:
        return None
    match = _RANGE.fullmatch(text.strip().removesuffix(unit).removesuffix("uM"))
    if match is None:
        from vcpi.errors import InputError

        raise InputError(f"{option} is {text!r}; expected a number of {unit} or a range such as 1-10")
    low, high = match.groups()
    return float(low) if high is None else (float(low), float(high))
