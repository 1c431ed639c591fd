"""Draw what each mechanism of a simulated screen does to its genes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcpi.demo.programs import FOOTPRINTS, HIGH_GENES, LOW_GENES, RECIPES, ClassRecipe
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.records import GeneRow

FloatArray = NDArray[np.float64]
MITOCHONDRIAL_SHARE = 0.06
_RANDOM = "mechanism-"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The untreated cells: genes, their share of the counts (sums to 1), and which of them are expressed."""

    genes: tuple[GeneRow, ...]
    baseline: FloatArray
    expressed: NDArray[np.bool_]
    mitochondrial: NDArray[np.bool_]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Give a random stream that depends on the seed and a name only, so that new parts leave old draws alone.

    Examples
    --------
    >>> a, b = stream(1, "plate", 2), stream(1, "plate", 2)
    >>> bool(a.random() == b.random())
    True
    """
    return np.random.default_rng(
        [seed, *(name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names)]
    )


def filler_gene(number: int) -> GeneRow:
    """Make a gene that stands for the rest of the genome.

    Its id has the Ensembl form and lies in a range that Ensembl has not assigned; it has no symbol.

    Examples
    --------
    >>> filler_gene(7).gene_id
    'ENSG90000000007'
    """
    return GeneRow(gene_id=f"ENSG9{number:010d}")


def draw_cells(known: Sequence[GeneRow], *, n_genes: int, seed: int, settings: Simulation) -> Cells:
    """Choose the genes of the screen and draw how much of each untreated cells hold.

    Real genes come first; where there are fewer than ``n_genes``, fillers follow. Where there are more, mitochondrial
    genes are kept and the others drawn.
    """
    rng = stream(seed, "cells")
    genes = _choose_genes(known, n_genes, rng)
    symbols = [gene.gene_symbol or "" for gene in genes]
    mitochondrial = np.array([symbol.startswith("MT-") for symbol in symbols])
    filler = np.array([not symbol for symbol in symbols])
    high = np.array([symbol in HIGH_GENES for symbol in symbols])
    silent = filler & (rng.random(len(genes)) < settings.silent_share)
    low = np.array([symbol in LOW_GENES for symbol in symbols]) | silent
    weight = np.exp2(rng.normal(5.0, 2.2, len(genes)))
    weight[high] = np.exp2(rng.normal(9.0, 0.8, int(high.sum())))
    weight[mitochondrial | low] = 0.0
    share_low = np.exp2(rng.uniform(-5.0, -0.3, len(genes))) * 1e-6  # 0.03 to 0.8 counts per million
    weight *= (1.0 - MITOCHONDRIAL_SHARE) / weight.sum()
    weight[low] = share_low[low]
    mito = np.exp2(rng.normal(0.0, 0.8, int(mitochondrial.sum())))
    weight[mitochondrial] = MITOCHONDRIAL_SHARE * mito / mito.sum() if mito.size else 0.0
    return Cells(genes=genes, baseline=weight / weight.sum(), expressed=~low, mitochondrial=mitochondrial)


def draw_effects(
    names: Sequence[str],
    cells: Cells,
    *,
    seed: int,
    strength: float,
    settings: Simulation,
    scenario: Scenario | None = None,
) -> FloatArray:
    """Draw the effect of each mechanism at potency 1, log2, shape (n_mechanisms, n_genes).

    A mechanism that is a class of :data:`vcpi.demo.programs.RECIPES` mixes programs with footprints on real genes;
    any other is one random program of its own. Programs of a mixture are brought to the length of the leading one
    first, so that the weights are (nearly) correlations.
    """
    share = scenario.shared_share if scenario else 0.0
    rows = []
    for name in names:
        row = _mixture(RECIPES.get(name, ClassRecipe(mixture=((name, 1.0),))), cells, seed=seed, settings=settings)
        partner = _partner(name) if share else None
        if partner is not None:
            other = _program(partner, cells, seed=seed, settings=settings)
            row = _share_genes(row, other, share=share, rng=stream(seed, "shared", name))
        rows.append(row)
    return strength * np.array(rows).reshape(len(rows), len(cells.genes))


def draw_toxicity(cells: Cells, *, seed: int, strength: float, settings: Simulation) -> FloatArray:
    """Draw the direction that all cytotoxic compounds share, log2 at a load of 1, shape (n_genes,)."""
    rng = stream(seed, "toxicity")
    effect = _sparse(rng, cells.expressed, share=settings.toxicity_share, sd=settings.toxicity_sd)
    effect[cells.mitochondrial] = settings.toxicity_mitochondrial
    return strength * effect


def random_mechanism(number: int) -> str:
    """Name a mechanism that is not a class of real compounds; numbers count from 1."""
    return f"{_RANDOM}{number:02d}"


def _partner(name: str) -> str | None:
    """Name the mechanism that every second random one shares genes with."""
    number = int(name.removeprefix(_RANDOM)) if name.startswith(_RANDOM) else 1
    return None if number % 2 else random_mechanism(number - 1)


def _share_genes(own: FloatArray, other: FloatArray, *, share: float, rng: np.random.Generator) -> FloatArray:
    """Give up a share of one's genes for as many of another program, effects included."""
    mine, theirs = np.flatnonzero(own), np.flatnonzero(other)
    n_taken = min(round(share * mine.size), theirs.size)
    taken = rng.choice(theirs, n_taken, replace=False)
    only_mine = mine[~np.isin(mine, theirs)]
    kept = rng.choice(only_mine, min(mine.size - n_taken, only_mine.size), replace=False)
    mixed = np.zeros_like(own)
    mixed[kept], mixed[taken] = own[kept], other[taken]
    return mixed


def _choose_genes(known: Sequence[GeneRow], n_genes: int, rng: np.random.Generator) -> tuple[GeneRow, ...]:
    """Take real genes, then fillers, up to the number asked for."""
    if len(known) > n_genes:
        kept = [gene for gene in known if (gene.gene_symbol or "").startswith("MT-")][:n_genes]
        others = [gene for gene in known if gene not in kept]
        chosen = rng.choice(len(others), n_genes - len(kept), replace=False)
        known = sorted([*kept, *(others[i] for i in chosen)], key=lambda gene: gene.gene_id)
    return (*known, *(filler_gene(number) for number in range(1, n_genes - len(known) + 1)))


def _mixture(recipe: ClassRecipe, cells: Cells, *, seed: int, settings: Simulation) -> FloatArray:
    """Add the programs of a class."""
    programs = [_program(name, cells, seed=seed, settings=settings) for name, _ in recipe.mixture]
    length = np.linalg.norm(programs[0])
    parts = [
        weight * length / max(float(np.linalg.norm(vector)), 1e-12) * vector
        for (_, weight), vector in zip(recipe.mixture, programs, strict=True)
    ]
    return np.asarray(recipe.scale * np.sum(parts, axis=0), dtype=np.float64)


def _program(name: str, cells: Cells, *, seed: int, settings: Simulation) -> FloatArray:
    """Draw one program: a random part, and moves of the known sign on the genes that are named for it."""
    rng = stream(seed, "program", name)
    share = rng.uniform(*settings.mechanism_share)
    effect = _sparse(rng, cells.expressed, share=share, sd=settings.mechanism_sd)
    up, down = FOOTPRINTS.get(name, ("", ""))
    signs = dict.fromkeys(up.split(), 1.0) | dict.fromkeys(down.split(), -1.0)
    sizes = rng.uniform(*settings.footprint, len(cells.genes))
    for index, gene in enumerate(cells.genes):
        if gene.gene_symbol in signs:
            effect[index] = signs[gene.gene_symbol] * sizes[index]
    return effect


def _sparse(rng: np.random.Generator, expressed: NDArray[np.bool_], *, share: float, sd: float) -> FloatArray:
    """Draw normal effects on a share of all genes, chosen among the expressed ones."""
    effect = np.zeros(expressed.size)
    candidates = np.flatnonzero(expressed)
    moved = rng.choice(candidates, min(round(share * expressed.size), candidates.size), replace=False)
    effect[moved] = rng.normal(0.0, sd, moved.size)
    return effect
