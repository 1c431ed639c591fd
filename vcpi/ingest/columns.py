"""The one table that maps the column names of every source to ours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vcpi.errors import DataError
from vcpi.ingest.tables import Cells, Table
from vcpi.units import is_missing

COMPOUND_FIELDS: Mapping[str, tuple[str, ...]] = {
    "source_compound_id": (
        "source_compound_id",
        "user_compound_id",
        "compound_id",
        "pert_id",
        "broad_id",
        "broad_sample",
        "cmpd_sample_id",
        "drugbank_id",
        "chembl_id",
        "molecule_chembl_id",
        "zinc_id",
        "id",
        "code",
        "pubchem_cid",
        "pubchem_compound_cid",
        "cid",
    ),
    "compound_uuid": ("compound_uuid",),
    "name": (
        "lincs_name",
        "name",
        "compound_name",
        "pert_iname",
        "cmpd_name",
        "resolved_name",
        "drug_name",
        "drug",
        "preferred_name",
        "generic_name",
        "title",
    ),
    "synonyms": ("synonyms", "synonym", "aliases", "alias", "compound_aliases", "other_names", "trade_names"),
    "smiles": (
        "smiles",
        "canonical_smiles",
        "isomeric_smiles",
        "smiles_string",
        "pubchem_openeye_iso_smiles",
        "structure",
    ),
    "inchikey": ("inchikey", "inchi_key", "standard_inchi_key", "standardinchikey"),
    "class": ("class", "classes", "compound_class", "chemotype", "drug_class"),
    "moa": ("moa", "moas", "mechanism", "mechanism_of_action", "mode_of_action"),
    "target": ("target", "targets", "target_list", "target_gene", "target_name", "gene_symbol"),
    "n_replicates": ("n_lincs_signatures", "n_signatures", "n_replicates", "distil_nsample", "nsample"),
}
"""Field → column names, the surest first. ``compound`` is read by its content: UUID, number or name."""

SAMPLE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "sequenced_id": ("sequenced_id",),
    "job_id": ("job_id",),
    "source_compound_id": ("user_compound_id", "source_compound_id", "compound_id"),
    "compound_uuid": ("compound_uuid",),
    "name": ("compound_name", "name"),
    "dose": ("compound_concentration", "concentration", "dose"),
    "dose_unit": ("compound_concentration_unit", "concentration_unit", "dose_unit"),
    "vehicle_percent": ("percent_volume_dmso",),
    "cell_line": ("cell_line", "cell_type", "cell_id"),
    "time": ("timepoint", "time", "time_h"),
    "is_control": ("is_control",),
    "sample_type": ("sample_type",),
    "plate": ("container_id", "plate", "plate_id", "plate_barcode"),
    "plate_row": ("row_id", "plate_row"),
    "plate_column": ("column_id", "plate_column"),
    "is_edge": ("is_edge",),
}

SIGNATURE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "source_signature_id": ("sig_id", "signature_id", "source_signature_id", "distil_id"),
    "source_compound_id": ("source_compound_id", "user_compound_id", "compound_id", "pert_id", "broad_id"),
    "name": ("pert_iname", "lincs_name", "cmap_name", "compound_name", "name", "drug_name", "drug"),
    "smiles": COMPOUND_FIELDS["smiles"],
    "inchikey": COMPOUND_FIELDS["inchikey"],
    "class": COMPOUND_FIELDS["class"],
    "moa": COMPOUND_FIELDS["moa"],
    "target": ("target", "targets", "target_list"),
    "dose": ("pert_idose", "pert_dose", "exp_pert_dose", "dose_um", "dose", "compound_concentration", "concentration"),
    "dose_unit": (
        "pert_dose_unit",
        "exp_pert_dose_unit",
        "dose_unit",
        "compound_concentration_unit",
        "concentration_unit",
    ),
    "time": ("pert_itime", "pert_time", "exp_pert_time", "time_h", "timepoint", "time"),
    "time_unit": ("pert_time_unit", "exp_pert_time_unit", "time_unit"),
    "cell_line": ("cell_line", "cell_id", "cell_iname", "cell_mfc_name", "cell_type"),
    "n_replicates": COMPOUND_FIELDS["n_replicates"],
}

GENE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "gene_id": ("gene_id", "probe_id", "rid", "gene", "id"),
    "ensembl_id": ("ensembl_gene_id", "ensembl_id", "ensembl", "gene_ensembl"),
    "entrez_id": ("entrez_gene_id", "entrez_id", "pr_gene_id", "entrezgene", "entrez", "ncbi_gene_id"),
    "gene_symbol": (
        "current_symbol", "gene_symbol", "symbol", "pr_gene_symbol", "hgnc_symbol", "gene_name", "feature_name",
        "l1000_symbol",
    ),
    "former_symbols": ("former_symbols", "former_symbol", "l1000_symbol", "previous_symbol", "aliases"),
}  # fmt: skip

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_SPLIT = {"synonyms": r"[|;]", "class": r"[|;]", "moa": r"[|;]", "target": r"[|;,]", "former_symbols": r"[|;,]"}


def column_key(name: str) -> str:
    """Write a column name in small letters with underscores.

    Examples
    --------
    >>> column_key(" InChI Key"), column_key("Compound-Name")
    ('inchi_key', 'compound_name')
    """
    return re.sub(r"[\s.\-]+", "_", name.strip()).casefold()


@dataclass(frozen=True, slots=True)
class Fields:
    """Where the fields of a table stand: field → places of its columns, the surest first."""

    places: Mapping[str, tuple[int, ...]]

    def first(self, cells: Cells, field: str) -> str | None:
        """Return the first cell of a field that is not missing."""
        return next((cells[place] for place in self.places.get(field, ()) if not is_missing(cells[place])), None)

    def every(self, cells: Cells, field: str) -> tuple[str, ...]:
        """Return all values of a field, parted where a cell holds several, each once."""
        values: dict[str, None] = {}
        for place in self.places.get(field, ()):
            parts = re.split(_SPLIT[field], cells[place]) if field in _SPLIT else [cells[place]]
            values.update((" ".join(part.split()), None) for part in parts if not is_missing(part))
        return tuple(values)

    def __contains__(self, field: object) -> bool:
        return field in self.places


def find_fields(
    columns: Sequence[str], names: Mapping[str, tuple[str, ...]], *, rows: Iterable[tuple[int, Cells]] = ()
) -> Fields:
    """Find the columns of each field.

    Parameters
    ----------
    columns
        The column names of a source.
    names
        One of the tables of this module.
    rows
        Rows by whose content a column called ``compound`` is understood.
    """
    keys = [column_key(column) for column in columns]
    places = {
        field: tuple(place for name in known for place, key in enumerate(keys) if key == name)
        for field, known in names.items()
    }
    places = {field: found for field, found in places.items() if found}
    drawn = [place for place, key in enumerate(keys) if key.endswith("_smiles")]
    if "smiles" in names and "smiles" not in places and len(drawn) == 1:
        places["smiles"] = (drawn[0],)
    if "compound" in keys and "compound_uuid" in names:
        place = keys.index("compound")
        field = _compound_means([cells[place] for _, cells in rows], has_id="source_compound_id" in places)
        places[field] = (*places.get(field, ()), place)
    return Fields(places)


def require_fields(table: Table, fields: Fields, wanted: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> None:
    """Stop where a table has none of the wanted fields.

    Raises
    ------
    DataError
        No column is known; the message lists what was found and what was expected.
    """
    if not any(field in fields for field in wanted):
        found = ", ".join(name[:60] for name in table.columns[:12]) + (", …" if len(table.columns) > 12 else "")  # noqa: PLR2004
        expected = ", ".join("name" if field == "name" else names[field][0] for field in wanted)
        raise DataError(
            f"{table.file.name} has no column that is known here; found {found}; expected one of {expected}"
        )


def clean_id(value: str | None) -> str | None:
    """Write an id as text without the ``.0`` that a float column gives it.

    Examples
    --------
    >>> clean_id("8799854.0"), clean_id(" BRD-K1.0 "), clean_id("nan")
    ('8799854', 'BRD-K1.0', None)
    """
    if value is None or is_missing(value):
        return None
    text = value.strip()
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


def is_fraction(value: str) -> bool:
    """Whether a text is a number that is not whole, and so no id.

    Examples
    --------
    >>> is_fraction("0.25"), is_fraction("-1e-3"), is_fraction("7157.0"), is_fraction("nan"), is_fraction("TP53")
    (True, True, False, False, False)
    """
    try:
        number = float(value)
    except ValueError:
        return False
    return math.isfinite(number) and not number.is_integer()


def is_uuid(value: str) -> bool:
    """Whether a text is a UUID."""
    return _UUID.match(value) is not None


def _compound_means(values: Sequence[str], *, has_id: bool) -> str:
    """Say what a column called ``compound`` holds."""
    filled = [value for value in values if not is_missing(value)]
    if filled and all(is_uuid(value) for value in filled):
        return "compound_uuid"
    if filled and not has_id and all((clean_id(value) or "").isdigit() for value in filled):
        return "source_compound_id"
    return "name"
