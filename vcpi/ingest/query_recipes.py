"""Which tool wrote a table of genes, by its columns, and what of it is the value of a gene."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from vcpi.ingest.columns import column_key

_LEAST_P = 1e-300
_BELOW_ZERO = -1e-3  # likelihood ratios of no change come out a little below 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the table of one tool gives a value for each gene.

    Attributes
    ----------
    tool
        What wrote such tables.
    signs
        Columns that together tell the tool, in small letters.
    columns
        The columns that the value is made of.
    value
        Makes the value of their numbers; the number itself where there is one.
    says
        The value in words.
    """

    tool: str
    signs: tuple[str, ...]
    columns: tuple[str, ...]
    says: str
    value: Callable[..., float] = float


def signed_root(change: float, test: float) -> float:
    """Turn an F or likelihood ratio of one degree of freedom into the scale of a z, with the sign of the change.

    Examples
    --------
    >>> signed_root(-1.2, 9.0), signed_root(0.5, 4.0), signed_root(0.1, -1e-12)
    (-3.0, 2.0, 0.0)
    """
    if test < _BELOW_ZERO:
        return math.nan
    return math.copysign(math.sqrt(max(test, 0.0)), change)


def signed_z(change: float, p_value: float) -> float:
    """Turn a two-sided p into a z, with the sign of the change; p below 1e-300 counts as that.

    Examples
    --------
    >>> round(signed_z(-0.5, 0.05), 2), round(signed_z(2.0, 0.0), 1), signed_z(1.0, 1.0)
    (-1.96, 37.1, 0.0)
    """
    if not 0 <= p_value <= 1:
        return math.nan
    return math.copysign(abs(NormalDist().inv_cdf(max(p_value, _LEAST_P) / 2)), change)


RECIPES = (
    *(
        Recipe(tool="DESeq2", signs=(sign, "log2foldchange"), columns=(column,), says=says)
        for sign in ("basemean", "padj")  # people cut such tables down
        for column, says in (
            ("stat", "stat, the Wald statistic"),
            ("log2foldchange", "log2FoldChange, for want of stat"),
        )
    ),
    Recipe(
        tool="edgeR",
        signs=("logfc", "logcpm"),
        columns=("logfc", "f"),
        says="the root of F with the sign of logFC",
        value=signed_root,
    ),
    Recipe(
        tool="edgeR",
        signs=("logfc", "logcpm"),
        columns=("logfc", "lr"),
        says="the root of LR with the sign of logFC",
        value=signed_root,
    ),
    Recipe(
        tool="edgeR",
        signs=("logfc", "logcpm"),
        columns=("logfc", "pvalue"),
        says="the z of PValue with the sign of logFC",
        value=signed_z,
    ),
    Recipe(tool="limma", signs=("logfc", "p_value"), columns=("t",), says="t, the moderated statistic"),
    Recipe(tool="scanpy", signs=("names", "scores"), columns=("scores",), says="scores"),
    Recipe(tool="Seurat", signs=("avg_log2fc", "p_val"), columns=("avg_log2fc",), says="avg_log2FC"),
    Recipe(tool="Seurat", signs=("avg_logfc", "p_val"), columns=("avg_logfc",), says="avg_logFC"),
    Recipe(tool="vcpi", signs=("gene_id", "lfc", "z"), columns=("z",), says="z"),
)
"""The tables that are known by their columns; the first that fits is taken."""

P_VALUES = frozenset(
    f"{adjusted}{name}{plural}{tail}"
    for name in ("p", "p_value", "pvalue", "p_val", "pval", "q", "q_value", "qvalue", "q_val", "qval")
    for adjusted in ("", "adj_", "adjusted_")
    for plural in ("", "s")
    for tail in ("", "_adj", "_adjusted")
) | {"padj", "p_adj", "p_adjust", "fdr", "fdr_p", "bonferroni", "svalue", "s_value"}
"""Names of columns of p- and q-values, which hold no sign."""

GROUPS = ("group", "cluster", "comparison", "contrast")
"""Columns that part a table into several signatures, as those of scanpy and Seurat do."""


def recognize(columns: Sequence[str]) -> tuple[Recipe, tuple[int, ...]] | None:
    """Find the recipe of a table and the places of its columns, None where no tool is known to write such a table.

    Examples
    --------
    >>> recipe, places = recognize(["", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"])
    >>> recipe.tool, recipe.says, places
    ('DESeq2', 'stat, the Wald statistic', (4,))
    >>> recognize(["gene", "a", "b"]) is None
    True
    """
    keys = [column_key(name) for name in columns]
    for recipe in RECIPES:
        if all(keys.count(key) >= 1 for key in recipe.signs) and all(keys.count(key) == 1 for key in recipe.columns):
            return recipe, tuple(keys.index(key) for key in recipe.columns)
    return None


def half_recognized(columns: Sequence[str]) -> str | None:
    """Name the tool of a table that holds several contrasts, or a test over all of them, and so no one value.

    Examples
    --------
    >>> half_recognized(["gene", "logFC.drugA", "logFC.drugB", "logCPM", "F", "PValue", "FDR"])
    'edgeR'
    >>> half_recognized(["", "drugA", "drugB", "AveExpr", "F", "P.Value", "adj.P.Val"])
    'limma'
    """
    keys = {column_key(name) for name in columns}
    if "logcpm" in keys:
        return "edgeR"
    return "limma" if {"aveexpr", "p_value"} <= keys else None
