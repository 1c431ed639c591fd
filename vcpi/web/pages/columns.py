"""The columns of the tables of the pages, in their order, each with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "whole", "q", "bar", "signed", "percent", "compound", "drawing", "relation", "flags", "yes", "words", "why"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        Field of the rows.
    label, meaning
        Its heading, and what it tells on hover and to screen readers.
    kind
        How a cell is written.
    inchikey
        Field with the InChIKey of the compound that the cell names.
    more
        It is secondary: a phone shows it when the row is opened.
    """

    name: str
    label: str
    kind: Kind = "text"
    meaning: str = ""
    inchikey: str = "inchikey"
    more: bool = False


_Q = "false discovery rate against profiles of noise; < marks the smallest that can be told. Small means: not noise, no more"
_SPECIFIC = "share of active compounds of other scaffolds, about as strong, that come as close: small means that the likeness is special"  # fmt: skip
_CONNECTIVITY = "how alike the effects are, from -1 (opposite) to 1 (equal)"
_TANIMOTO = "how alike the structures are, from 0 to 1"
_RANK = "place in the order that was asked for, the best first"
_CAUTION = "what speaks against taking the row at its word"
_STRENGTH = "how far the compound moves the cells, in log2; 0 is what noise does"

LIKE = (
    Column(name="rank", label="rank", kind="whole", meaning=_RANK),
    Column(name="drawing", label="structure", kind="drawing"),
    Column(name="name", label="name", kind="compound", meaning="leads to what is known of the compound"),
    Column(name="relation", label="relation", kind="relation", meaning="both likenesses in a word"),
    Column(name="flags", label="caution", kind="flags", meaning=_CAUTION),
    Column(name="connectivity", label="acts alike", kind="bar", meaning=_CONNECTIVITY),
    Column(name="q_noise", label="q (noise)", kind="q", meaning=f"confidence: {_Q}. The longer the bar, the surer"),
    Column(name="p_specific", label="p (specific)", kind="number", meaning=_SPECIFIC, more=True),
    Column(name="tanimoto", label="looks alike", kind="bar", meaning=f"Tanimoto: {_TANIMOTO}"),
    Column(name="strength", label="strength, log2", kind="bar", meaning=_STRENGTH, more=True),
    Column(name="why", label="why", kind="why", meaning="the genes, the structures and the chance behind the row"),
    Column(name="tau", label="tau, %", kind="percent", meaning="seen from the hit: % of active compounds that come less close to it", more=True),
    Column(name="n_replicates", label="wells", kind="whole", meaning="wells (or source signatures) behind the hit", more=True),
    Column(name="same_plate", label="same plate", kind="yes", meaning="query and hit share a plate, which may make them alike", more=True),
    Column(name="shared_genes", label="genes behind it", kind="words", meaning="genes that add most to the score", more=True),
)  # fmt: skip
ANALOGS = (
    Column(name="rank", label="rank", kind="whole", meaning=_RANK),
    Column(name="drawing", label="structure", kind="drawing"),
    Column(name="name", label="name", kind="compound", meaning="leads to what is known of the compound"),
    Column(name="tanimoto", label="looks alike", kind="bar", meaning=f"Tanimoto of Morgan fingerprints: {_TANIMOTO}"),
    Column(name="atom_pairs", label="atom pairs", kind="bar", meaning="Tanimoto of counted pairs of atoms, which tells large rings apart"),
    Column(name="same_scaffold", label="same scaffold", kind="yes", meaning="both have the same Murcko scaffold", more=True),
    Column(name="same_skeleton", label="same skeleton", kind="yes", meaning="equal up to stereo, charge and isotopes", more=True),
    Column(name="inchikey", label="InChIKey", kind="text", meaning="tells the structure exactly, for other databases", more=True),
)  # fmt: skip
RANKING = (
    Column(name="rank", label="rank", kind="whole", meaning=_RANK),
    Column(name="drawing", label="structure", kind="drawing"),
    Column(name="name", label="name", kind="compound", meaning="leads to what is known of the compound"),
    Column(name="value", label="value, log2", kind="signed", meaning="mean (of a sum: the sum) of log2 fold changes, with the expected signs"),
    Column(name="se", label="± se", kind="number", meaning="standard error of the value", more=True),
    Column(name="z", label="z", kind="signed", meaning="against noise, in standard deviations"),
    Column(name="q", label="q", kind="q", meaning="false discovery rate over the compounds"),
    Column(name="p_inactive", label="p inactive", kind="number", meaning="share of compounds without an effect that reach the value", more=True),
    Column(name="percentile", label="percentile, %", kind="percent", meaning="among all compounds of the dataset", more=True),
    Column(name="classes", label="class", kind="words", meaning="what kind of compound it is known as"),
    Column(name="strength", label="strength, log2", kind="bar", meaning=_STRENGTH, more=True),
    Column(name="viability", label="cells", kind="text", meaning="how the cells were, by their RNA", more=True),
    Column(name="n_replicates", label="wells", kind="whole", meaning="wells behind the value", more=True),
    Column(name="also", label="also on top of", kind="words", meaning="other axes on which it is in the same tenth", more=True),
    Column(name="flags", label="caution", kind="flags", meaning=_CAUTION),
)  # fmt: skip
_PAIR = (
    Column(name="rank", label="rank", kind="whole", meaning=_RANK),
    Column(name="pair_drawing", label="structures", kind="drawing"),
    Column(
        name="name_a",
        label="stronger",
        kind="compound",
        meaning="the one of the pair that moves the cells more",
        inchikey="inchikey_a",
    ),
    Column(name="name_b", label="weaker", kind="compound", meaning="the other one", inchikey="inchikey_b"),
    Column(name="why", label="why", kind="why", meaning="the genes, the structures and the chance behind the row"),
)
_PAIR_TAIL = (
    Column(name="strength_a", label="strength, log2", kind="bar", meaning=_STRENGTH, more=True),
    Column(name="strength_b", label="weaker, log2", kind="bar", meaning=_STRENGTH, more=True),
    Column(
        name="same_plate",
        label="same plate",
        kind="yes",
        meaning="both share a plate, which may make them alike",
        more=True,
    ),
    Column(name="flags", label="caution", kind="flags", meaning=_CAUTION),
)
CLIFFS = (
    *_PAIR,
    Column(name="tanimoto", label="looks alike", kind="bar", meaning=f"Tanimoto: {_TANIMOTO}"),
    Column(name="connectivity", label="acts alike", kind="bar", meaning=_CONNECTIVITY),
    Column(name="effect_size", label="effect size", kind="number", meaning="how much less alike they act than one shared effect, measured as well as these, would have given"),
    Column(name="q_cliff", label="q cliff", kind="q", meaning="false discovery rate of the difference, over all tested pairs"),
    Column(name="kind", label="kind", kind="text", meaning="other-effect: both act; no-effect: the weaker is not active as it was measured"),
    *_PAIR_TAIL,
)  # fmt: skip
HOPS = (
    *_PAIR,
    Column(name="connectivity", label="acts alike", kind="bar", meaning=_CONNECTIVITY),
    Column(name="q_noise", label="q (noise)", kind="q", meaning=_Q),
    Column(name="p_specific", label="p (specific)", kind="number", meaning=_SPECIFIC, more=True),
    Column(name="tanimoto", label="looks alike", kind="bar", meaning=f"Tanimoto: {_TANIMOTO}"),
    Column(name="connectivity_low", label="lowest of wells", kind="number", meaning="connectivity of the least alike single wells", more=True),
    *_PAIR_TAIL,
)  # fmt: skip
MEANINGS = {column.name: column.meaning for column in (*HOPS, *ANALOGS, *LIKE)} | {
    "core_atoms": "atoms of the largest part that both hold, where that is a common core",
}
EFFECTS = (
    ("acts alike", _CONNECTIVITY),
    ("q (noise)", _Q),
    ("looks alike", f"Tanimoto: {_TANIMOTO}"),
    ("strength", _STRENGTH),
    ("% of compounds", "place among the compounds of the dataset by strength; 97 means the top 3 %"),
    ("genes twofold", "genes that rise to twice or fall to half, and how many of them by noise"),
    ("in every replicate", "of these, genes that move the same way in every well"),
    ("axes moved", "processes that move beyond noise, out of those that are scored"),
    ("cells", "how the cells were, by their RNA, its amount and the genes seen, in % of untreated wells"),
    ("mitochondrial z", "share of mitochondrial RNA against untreated wells, in standard deviations"),
    ("log2, ± se", "log2 fold change of a gene against untreated cells, and its standard error"),
    ("z", "a change or a difference over its standard error"),
)
# Headings of the tables of a report: what a page calls them, as it does elsewhere, and what they mean.
HEADS = {
    "connectivity": ("acts alike", _CONNECTIVITY),
    "Tanimoto": ("looks alike", f"Tanimoto: {_TANIMOTO}"),
    "p specific": ("p (specific)", _SPECIFIC),
    "tau": ("tau, %", "seen from the hit: % of active compounds that come less close to it"),
    "relation": ("relation", "both likenesses in a word"),
    "flags": ("caution", _CAUTION),
    "strength": ("strength, log2", _STRENGTH),
    "same plate": ("same plate", "both share a plate, which may make them alike"),
    "same skeleton": ("same skeleton", "equal up to stereo, charge and isotopes"),
    "MW": ("MW, g/mol", "molecular weight"),
    "log P": ("log P", "Crippen's estimate"),
    "TPSA": ("TPSA, Å²", "topological polar surface area"),
    "% of compounds": ("% of compounds", "place among the compounds of the dataset; 97 means the top 3 %"),
    "genes twofold": ("genes twofold", "genes that rise to twice or fall to half"),
    "by noise": ("by noise", "how many of them noise gives"),
    "in every replicate": ("in every replicate", "of these, genes that move the same way in every well"),
    "axes moved": ("axes moved", "processes that move beyond noise"),
    "cells": ("cells", "how the cells were, by their RNA"),
    "RNA, %": ("RNA, %", "amount of RNA, in % of untreated wells"),
    "genes seen, %": ("genes seen, %", "genes that were seen, in % of untreated wells"),
    "± se": ("± se", "standard error of the value before it"),
    "z": ("z", "the value over its standard error"),
    "q": ("q", "false discovery rate"),
    "p": ("p", "chance that noise does as much"),
}
