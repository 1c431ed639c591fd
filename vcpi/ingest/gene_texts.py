"""Gene lists as texts and files: one a line, parted by marks, a column of a table, or sets of a GMT file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vcpi.errors import InputError
from vcpi.gene_lists import refuse_too_many
from vcpi.gene_names import gene_id_kind
from vcpi.ingest.columns import is_fraction
from vcpi.ingest.files import text_lines
from vcpi.ingest.query_sources import check_source
from vcpi.ingest.query_tables import gene_columns
from vcpi.units import is_missing

_FILE_LIKE = re.compile(r"[\\/]|\.(?:txt|csv|tsv|gmt|grp|gz|list)\Z|\.gmt(?:\.gz)?:", re.IGNORECASE)
_WEIGHT = re.compile(r",[+-]?\d[\d.eE+-]*\Z")  # as Enrichr writes behind each gene
_GMT_HEAD = 2
_MOST_FRACTIONS = 0.2


def parted(source: Path | str, set_name: str | None) -> tuple[Path | str, str | None]:
    """Part FILE:NAME where FILE is a file and the whole is none."""
    if set_name is None and isinstance(source, str) and ":" in source and not _is_file(source):
        places = [place for place, mark in enumerate(source) if mark == ":"]
        for place in places:
            if place and source[place + 1 :].strip() and _is_file(source[:place]):
                return Path(source[:place]), source[place + 1 :].strip()
    return source, set_name


def sets_of(source: Path | str) -> list[tuple[str, tuple[str, ...]]]:
    """Read the gene sets of a source; none where it is a plain list."""
    lines = _lines(source)
    cells = [line.split("\t") for line in lines]
    if not cells or (sum(len(line) > _GMT_HEAD for line in cells) * 2 <= len(cells) and not _is_gmt(source)):
        return []
    if not _is_gmt(source) and (_is_table(lines) or _gene_column(lines) is not None):
        return []
    sets = [(line[0].strip(), members_of(line)) for line in cells]
    return [(name, members) for name, members in sets if members]


def members_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Read the genes of one line of a GMT file."""
    names = (_WEIGHT.sub("", cell.strip().strip("\"'")) for cell in cells[_GMT_HEAD:])
    return tuple(dict.fromkeys(name for name in names if not is_missing(name)))


def plain_list(source: Path | str) -> tuple[str, ...]:
    """Read genes one in a line or parted by commas, semicolons or blanks; a heading is none."""
    lines = _lines(source)
    if _is_table(lines):
        raise InputError(f"{shown(source)} holds values beside its genes; give it as a signature, or genes alone")
    column = _gene_column(lines)
    lines = lines if column is None else column
    genes = dict.fromkeys(gene.strip("\"'") for text in lines for gene in re.split(r"[\s,;]+", text.strip()) if gene)
    found = tuple(gene for gene in genes if not is_missing(gene))
    refuse_too_many(len(found), shown(source))
    if not found:
        raise InputError(f"{shown(source)} holds no gene; expected ids, one in a line or parted by commas")
    return found


def _gene_column(lines: Sequence[str]) -> list[str] | None:
    """Take the column of genes from lines whose first is a heading, None where it is none."""
    mark = max("\t,;", key=lines[0].count) if len(lines) > 1 else ","
    rows = [[cell.strip().strip("\"'") for cell in line.split(mark)] for line in lines]
    places = gene_columns(rows[0]) if len(lines) > 1 else []
    return [row[places[0]] for row in rows[1:] if len(row) > places[0]] if places else None


def _is_table(lines: Sequence[str]) -> bool:
    """Whether many of the words are numbers that are no ids."""
    words = [word for line in lines[:200] for word in re.split(r"[\t,; ]+", line.strip()) if word]
    return sum(map(is_fraction, words)) > _MOST_FRACTIONS * len(words)


def _is_gmt(source: Path | str) -> bool:
    """Whether a source is called a GMT file."""
    return (isinstance(source, Path) or _is_file(source)) and ".gmt" in Path(source).suffixes


def _is_file(source: str) -> bool:
    """Whether a text is the path of a file."""
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # a long text is no path
        return False


def _lines(source: Path | str) -> list[str]:
    """Read the lines of a file, or of the text itself, without blank lines and remarks."""
    if isinstance(source, Path) or gene_id_kind(source) == "none":
        check_source(source, expected="a file of genes, or the genes parted by commas")
    if isinstance(source, Path) or _is_file(source):
        lines = list(text_lines(Path(source)))
    elif "\n" not in source and _FILE_LIKE.search(source.strip()):
        raise InputError(f"No file {source}; expected a file of genes, or the genes parted by commas")
    else:
        lines = source.splitlines()
    refuse_too_many(len(lines), shown(source))
    bare = [line.strip("\r\n") for line in lines]
    return [line for line in bare if line.strip() and not line.lstrip().startswith("#")]


def shown(source: Path | str) -> str:
    """Name a source in a message."""
    if isinstance(source, Path) or _is_file(source):
        return Path(source).name
    return repr(source[:40])
