"""What kind of gene a text names: Ensembl, Entrez or symbol, of a human or not, or what a spreadsheet made of one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vcpi.errors import InputError

_ENSEMBL = re.compile(r"(ENSG\d{11})(?:\.\d+)?(_PAR_Y)?\Z", re.IGNORECASE)
_ENSEMBL_Y = re.compile(r"ENSGR(\d{10})(?:\.\d+)?\Z", re.IGNORECASE)  # how releases before 2017 wrote _PAR_Y
_ENTREZ = re.compile(r"(?:e|entrez[:_]|geneid[:_]|ncbigene[:_])?(\d+)(?:\.0)?\Z", re.IGNORECASE)
_SYMBOL = re.compile(r"(?:[A-Z][A-Z0-9-]{1,14}|C\d+orf\d+)\Z")
_OTHER_ENSEMBL = re.compile(r"ENS(?!G\d)([A-Z]{3,4})G\d{11}", re.IGNORECASE)
_RODENT_SYMBOL = re.compile(r"(?!C\d+orf)(?:[A-Z][A-Za-z0-9-]*[a-z][A-Za-z0-9.-]*|\d+[A-Z]\d+Rik)\Z")
_ANIMALS = {"MUS": "a mouse", "RNO": "a rat", "DAR": "a zebrafish"}

_MONTHS = {"mar": 3, "mrz": 3, "mär": 3, "sep": 9, "oct": 10, "okt": 10, "dec": 12, "dez": 12}
_MONTH = r"(mar|mrz|mär|sep|oct|okt|dec|dez)t?"
_DATES = tuple(
    re.compile(rf"{form}\Z", re.IGNORECASE)
    for form in (
        rf"(?P<day>\d{{1,2}})[-. ]{{1,2}}(?P<month>{_MONTH})\.?(?:[-. ]{{1,2}}(?:\d{{2}}|\d{{4}}))?",
        rf"(?P<month>{_MONTH})[-. ](?P<day>\d{{1,2}})",
        r"\d{4}-(?P<month>\d{2})-(?P<day>\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?",
    )
)
_SLASHES = re.compile(r"\d{1,2}/\d{1,2}/(?:\d{2}|\d{4})\Z")  # which of the two is the month, nobody can tell
_DATE_GENES: dict[int, dict[int, tuple[tuple[str, ...], ...]]] = {
    3: {n: ((f"MARCHF{n}", f"MARCH{n}"), *([(f"MTARC{n}", f"MARC{n}")] if n in {1, 2} else [])) for n in range(1, 12)},
    9: {
        **{n: ((f"SEPTIN{n}", f"SEPT{n}"),) for n in (*range(1, 13), 14)},
        15: (("SELENOF", "SEP15"),),
    },
    10: {4: (("POU5F1", "OCT4"),)},
    12: {1: (("DELEC1",), ("BHLHE40",)), 2: (("BHLHE41",),)},
}


def strip_version(gene_id: str) -> str:
    """Take the version off an Ensembl gene id; other ids stay as they are.

    Examples
    --------
    >>> strip_version("ENSG00000141510.18"), strip_version("TP53"), strip_version("ENSG00000182378.15_PAR_Y")
    ('ENSG00000141510', 'TP53', 'ENSG00000182378_PAR_Y')
    """
    text = gene_id.strip()
    found = _ENSEMBL.match(text)
    return found[1].upper() + (found[2] or "").upper() if found else text


def gene_key(gene_id: str) -> str:
    """Write an id so that two spellings of one are the same text: no version, no PAR_Y, small letters.

    Examples
    --------
    >>> {gene_key(text) for text in ("ENSG00000182378.15", "ensg00000182378_PAR_Y", "ENSGR0000182378.10")}
    {'ensg00000182378'}
    >>> gene_key(" Tp53 "), gene_key("e7157.0"), gene_key("GeneID:7157")
    ('tp53', '7157', '7157')
    """
    text = strip_version(gene_id).casefold().removesuffix("_par_y")
    other = _ENSEMBL_Y.match(text)
    if other:
        return f"ensg0{other[1]}"
    return entrez_number(text) or text


def entrez_number(gene_id: str) -> str | None:
    """Return the number of an Entrez id, None where the text is none."""
    found = _ENTREZ.match(gene_id.strip())
    return found[1] if found else None


def gene_id_kind(gene_id: str) -> str:
    """Name the kind of id that a text looks like: ensembl, entrez, symbol or none.

    Examples
    --------
    >>> [gene_id_kind(text) for text in ("ENSG00000141510.18", "7157", "e7157", "TP53", "sample 3")]
    ['ensembl', 'entrez', 'entrez', 'symbol', 'none']
    """
    text = gene_id.strip()
    if _ENSEMBL.match(text) or _ENSEMBL_Y.match(text):
        return "ensembl"
    if _ENTREZ.match(text):
        return "entrez"
    return "symbol" if _SYMBOL.match(text) else "none"


def is_spreadsheet_date(text: str) -> bool:
    """Whether a text is a date such as spreadsheets make of MARCH1 and SEPT2."""
    return spreadsheet_genes(text) is not None


def spreadsheet_genes(text: str) -> tuple[tuple[str, ...], ...] | None:
    """Say which genes a spreadsheet may have turned into a date.

    Returns
    -------
    tuple of tuple of str, or None
        For each gene its present and former symbols; empty where no gene makes such a date, None where the text is no
        date.

    Examples
    --------
    >>> spreadsheet_genes("2-Sep"), spreadsheet_genes("2021-03-05"), spreadsheet_genes("SEPT2")
    ((('SEPTIN2', 'SEPT2'),), (('MARCHF5', 'MARCH5'),), None)
    >>> spreadsheet_genes("1-Mar")
    (('MARCHF1', 'MARCH1'), ('MTARC1', 'MARC1'))
    """
    bare = text.strip()
    found = next((match for form in _DATES if (match := form.match(bare))), None)
    if found is None:
        return () if _SLASHES.match(bare) else None
    name = found["month"].casefold()
    month = int(name) if name.isdecimal() else _MONTHS[name[:3]]
    return _DATE_GENES.get(month, {}).get(int(found["day"]), ())


def refuse_other_species(ids: Sequence[str]) -> None:
    """Stop where most ids are written as those of a mouse, a rat or another animal.

    Raises
    ------
    InputError
        More than half of the ids are Ensembl ids of another species or capitalised as mouse and rat symbols.
    """
    filled = [text.strip() for text in ids if text.strip()]
    foreign = [text for text in filled if _animal(text)]
    if 2 * len(foreign) > len(filled):
        animals = sorted({_animal(text) for text in foreign}, key=[_animal(text) for text in foreign].count)
        raise InputError(
            f"{len(foreign)} of {len(filled)} gene ids look like those of {animals[-1]}, for example {foreign[0]!r}; "
            "expected human genes; map them to their human orthologs first"
        )


def _animal(text: str) -> str:
    """Name the animal whose gene a text seems to be; empty for a human."""
    other = _OTHER_ENSEMBL.match(text)
    if other:
        return _ANIMALS.get(other[1].upper(), "another species")
    return "a mouse or rat" if _RODENT_SYMBOL.match(text) and not is_spreadsheet_date(text) else ""
