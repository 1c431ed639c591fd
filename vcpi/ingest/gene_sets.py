"""Gene sets from GMT files: a line a set, with its name, a description and its genes, parted by tabs."""

from __future__ import annotations

from pathlib import Path

from vcpi.errors import InputError
from vcpi.ingest.files import text_lines

_HEAD = 2


def read_gmt(path: Path) -> dict[str, tuple[str, ...]]:
    """Read every set of a GMT file.

    Parameters
    ----------
    path
        GMT, plain or gzip. Empty lines and lines that begin with ``#`` are passed over; a gene counts once in its set, and
        cells such as ``-666`` that stand for no gene are left out.

    Returns
    -------
    dict
        Name → genes as written, in the order of the file. Of two sets with one name the second gets `` (2)``.

    Raises
    ------
    InputError
        A line has no gene, or the file has no set.
    """
    sets: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text_lines(Path(path)), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        genes = tuple(dict.fromkeys(cell for cell in cells[_HEAD:] if cell and cell != "-666"))
        if len(cells) <= _HEAD or not genes or not cells[0]:
            raise InputError(
                f"Line {number} of {Path(path).name} is no gene set ({line.strip()[:40]!r}); expected name, description and "
                "genes parted by tabs (GMT)"
            )
        name, repeat = cells[0], 1
        while name in sets:
            repeat += 1
            name = f"{cells[0]} ({repeat})"
        sets[name] = genes
    if not sets:
        raise InputError(f"{Path(path).name} holds no gene set; expected a GMT file, a line a set")
    return sets
