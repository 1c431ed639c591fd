"""The frozen nouns that pass between the rooms of vcpi.

Rows as a source supplied them (``CompoundRow``, ``SampleRow``, ``GeneRow``, ``SignatureRow``, ``Rejected``) go from
``ingest`` to the store; hits go from the searches to ``joint`` and on to whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["library", "vehicle", "positive_control"]
Relation = Literal["analog-mimic", "scaffold-hop", "activity-cliff", "unrelated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that was read: its name, size in bytes and SHA-256."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row, or a part of one, that could not be used, with the reason. ``row`` counts from 1 as an editor shows it."""

    file: str
    row: int | None
    raw: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundRow:
    """One compound as a source names and draws it. ``names[0]`` is the name to display."""

    file: str
    row: int
    source_compound_id: str | None = None
    compound_uuid: str | None = None
    names: tuple[str, ...] = ()
    smiles: str | None = None
    molblock: str | None = None
    inchikey: str | None = None
    annotations: tuple[tuple[str, str], ...] = ()  # (kind, value); kind is class, moa or target


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneRow:
    """One gene of a dataset. ``gene_id`` is what the source uses, an Ensembl id without its version."""

    gene_id: str
    gene_symbol: str | None = None
    entrez_id: str | None = None
    ensembl_id: str | None = None
    former_symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One sequenced well. Columns that vcpi has no word for are kept verbatim in ``extra``."""

    file: str
    row: int
    sequenced_id: str
    role: Role
    source_compound_id: str | None = None
    compound_uuid: str | None = None
    plate: str | None = None
    plate_row: int | None = None
    plate_column: int | None = None
    is_edge: bool | None = None
    dose_um: float | None = None
    vehicle_percent: float | None = None
    time_h: float | None = None
    cell_line: str | None = None
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    """What is known of a signature made elsewhere. ``n_replicates`` is the evidence behind it, where the source says."""

    file: str
    row: int
    source_signature_id: str
    source_compound_id: str | None = None
    name: str | None = None
    dose_um: float | None = None
    time_h: float | None = None
    cell_line: str | None = None
    n_replicates: int | None = None
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """What can be counted on a structure. Molecular weight in g/mol, TPSA in square angstrom, Crippen log P."""

    formula: str
    molecular_weight: float
    log_p: float
    tpsa: float
    n_h_donors: int
    n_h_acceptors: int
    n_rotatable_bonds: int
    n_rings: int
    n_heavy_atoms: int
    fraction_sp3: float
    scaffold: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A standardized parent and how it came about.

    ``flags`` says what the form as supplied was (``salt``, ``mixture``, ``metal``, ``charged``, ``isotope``,
    ``cxsmiles`` ...); ``fingerprint`` holds the packed bits of the default fingerprint, big-endian in each byte.
    """

    smiles: str
    inchi: str
    inchikey: str
    skeleton: str
    smiles_supplied: str
    flags: tuple[str, ...]
    descriptors: Descriptors
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """A compound of the store: one standardized parent, or a name whose structure is not known."""

    compound_id: int
    name: str
    inchikey: str | None
    smiles: str | None
    skeleton: str | None = None
    formula: str | None = None
    molecular_weight: float | None = None
    log_p: float | None = None
    tpsa: float | None = None
    n_h_donors: int | None = None
    n_h_acceptors: int | None = None
    n_rotatable_bonds: int | None = None
    n_rings: int | None = None
    n_heavy_atoms: int | None = None
    fraction_sp3: float | None = None
    scaffold: str | None = None
    names: tuple[str, ...] = ()
    source_compound_ids: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    moas: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    forms: tuple[dict[str, object], ...] = ()
    signatures: tuple[dict[str, object], ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """A compound at a dose (µM), for a time (h), in a cell line."""

    compound_id: int
    dose_um: float | None
    time_h: float | None
    cell_line: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature of the store, without its vector.

    ``stress`` is its coordinate on the generic stress direction that was taken out, ``rna_output`` log2 of the RNA of
    its wells over that of vehicle wells, ``replicate_p`` the chance that wells without an effect agree as well.
    """

    signature_id: int
    dataset: str
    treatment: Treatment
    n_replicates: int | None
    plates: tuple[str, ...]
    strength: float | None
    active: bool | None
    vector_digest: str
    flags: tuple[str, ...] = ()
    stress: float | None = None
    rna_output: float | None = None
    replicate_p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureHit:
    """A compound found by structure: ``tanimoto`` of Morgan bits and of counted ``atom_pairs``, both in [0, 1].

    ``same_scaffold`` is None where the query has no ring, ``atom_pairs`` of a row too far down to be compared.
    """

    rank: int
    name: str
    inchikey: str | None
    compound_id: int
    tanimoto: float
    same_skeleton: bool = False
    same_scaffold: bool | None = None
    atom_pairs: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstructureHit:
    """A compound that holds a substructure; the rank is the order of the ids and says nothing of likeness."""

    rank: int
    name: str
    inchikey: str | None
    compound_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureHit:
    """A signature found by signature. ``connectivity`` is in [-1, 1] for the cosine, negative is reversal.

    Other methods have the range that :data:`vcpi.signature.connectivity.METHODS` tells.
    """

    rank: int
    signature_id: int
    compound_id: int
    connectivity: float
    p_noise: float | None = None
    q_noise: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointHit:
    """One row of the joint answer: both similarities side by side, never mixed.

    ``p_noise`` and ``q_noise`` judge the connectivity against noise, ``p_specific`` against active compounds of other
    scaffolds that are as strong, ``tau`` from the side of the reference in [-100, 100]; ``split_min`` and
    ``split_mean`` are over single replicates of both; ``p_noise_low`` and ``p_noise_high`` hold 95 % of the values that
    p_noise takes when the plates of the null profiles are drawn anew.

    ``p_noise``, ``q_noise``, ``p_specific`` and ``tau`` are None where they are not known, ``relation`` where one of the
    two has no structure or no signature; ``flags`` then says why.
    """

    rank: int
    name: str
    source_compound_id: str | None
    inchikey: str | None
    compound_id: int
    signature_id: int | None
    connectivity: float | None
    p_noise: float | None
    q_noise: float | None
    p_specific: float | None
    tau: float | None
    tanimoto: float | None
    structure_rank: int | None
    signature_rank: int | None
    relation: Relation | None
    strength: float | None
    n_replicates: int | None
    same_plate: bool | None
    dose_um: float | None = None
    time_h: float | None = None
    cell_line: str | None = None
    split_min: float | None = None
    split_mean: float | None = None
    p_noise_low: float | None = None
    p_noise_high: float | None = None
    shared_genes: tuple[str, ...] = ()
    flags: tuple[str, ...] = field(default=())
