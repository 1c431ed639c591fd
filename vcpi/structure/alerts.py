"""Marks for structures that are known to disturb assays or to react with what they meet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from rdkit.Chem import rdfiltercatalog

from vcpi.errors import InputError
from vcpi.structure.parsing import parse

CATALOGS = ("PAINS", "BRENK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One mark: the catalog (``PAINS`` or ``BRENK``) and the name that it gives to the pattern."""

    catalog: str
    name: str


@cache
def _catalog(name: str) -> rdfiltercatalog.FilterCatalog:
    """Compile the patterns of a catalog once."""
    params = rdfiltercatalog.FilterCatalogParams()
    params.AddCatalog(getattr(rdfiltercatalog.FilterCatalogParams.FilterCatalogs, name))
    return rdfiltercatalog.FilterCatalog(params)


def alerts(smiles: str, *, catalogs: tuple[str, ...] = CATALOGS) -> tuple[Alert, ...]:
    """Find the patterns of assay interference and reactivity that a structure holds.

    ``PAINS`` are patterns of frequent hitters in biochemical screens [1]_, ``BRENK`` unwanted groups of a screening
    library for neglected diseases [2]_. A mark is a reason to look twice: many approved drugs carry one.

    Parameters
    ----------
    smiles
        SMILES of the parent structure.
    catalogs
        Those to look in.

    Returns
    -------
    tuple of Alert
        In the order of the catalogs, by name within one; empty for a clean structure.

    Raises
    ------
    StructureParseError
        The text is no structure.
    InputError
        An unknown catalog.

    References
    ----------
    .. [1] Baell & Holloway, J. Med. Chem. 2010, 53, 2719, doi:10.1021/jm901137j
    .. [2] Brenk et al., ChemMedChem 2008, 3, 435, doi:10.1002/cmdc.200700139

    Examples
    --------
    >>> [alert.name for alert in alerts("O=C1C=CC(=O)C=C1", catalogs=("PAINS",))]
    ['quinone_A(370)']
    >>> alerts("CC(C)Cc1ccc(cc1)C(C)C(=O)O")
    ()
    """
    for name in catalogs:
        if name not in CATALOGS:
            raise InputError(f"Unknown catalog {name!r:.40}; expected one of {', '.join(CATALOGS)}")
    return _found(smiles, tuple(catalogs))


@lru_cache(maxsize=4096)
def _found(smiles: str, catalogs: tuple[str, ...]) -> tuple[Alert, ...]:
    """Look a structure up, once."""
    mol = parse(smiles)
    return tuple(
        Alert(catalog=catalog, name=name)
        for catalog in catalogs
        for name in sorted({str(entry.GetDescription()) for entry in _catalog(catalog).GetMatches(mol)})
    )
