"""The page of an evaluation: one HTML file that reads on a screen, on paper and without colours."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from vcpi.evaluate.plots import bars, columns
from vcpi.page import document, table

if TYPE_CHECKING:
    from vcpi.evaluate.nullworld import Neighbours
    from vcpi.evaluate.report import Evaluation


def page(evaluation: Evaluation) -> str:
    """Write the page of an evaluation.

    Parameters
    ----------
    evaluation
        What was found.

    Returns
    -------
    str
        A whole HTML document.
    """
    return document(f"Evaluation of {evaluation.name}", page_parts(evaluation), simulated=evaluation.simulated)


def page_parts(evaluation: Evaluation) -> list[str]:
    """Write the parts of the page, below its title."""
    parts = (
        _heading(evaluation),
        _retrieval(evaluation),
        _replicates(evaluation),
        _leakage(evaluation),
        _null_world(evaluation),
        _doses(evaluation),
        _structure(evaluation),
        _stability(evaluation),
        _remarks(evaluation),
    )
    return [part for part in parts if part]


def _heading(found: Evaluation) -> str:
    """Say what was judged."""
    method = f"<p class='note'>{escape(found.method)}</p>" if found.method else ""
    rows = [
        ("signatures", f"{found.n_signatures:,}"),
        ("compounds", f"{found.n_compounds:,}"),
        ("active signatures", f"{found.n_active:,} ({_percent(found.n_active / max(found.n_signatures, 1))})"),
        ("plates", f"{found.n_plates:,}"),
        ("classes", f"{found.n_classes:,}"),
        ("wells behind a signature (median)", f"{found.n_replicates:g}"),
    ]
    plot = ""
    if found.strength_deciles:
        plot = "<h2>Strength</h2>" + columns(
            found.strength_deciles,
            title="Deciles of the strength of the signatures",
            labels=[f"{10 * place} %" for place in range(len(found.strength_deciles))],
            x_label="share of the signatures that are at most this strong",
            y_label="strength, log2",
        )
    return method + table(("", ""), rows) + plot


def _retrieval(found: Evaluation) -> str:
    """Show how well classes find themselves."""
    result = found.retrieval
    if result is None:
        return ""
    text = (
        f"<h2>Same class, other plates</h2><p>{result.n_queries:,} active signatures each looked for the active "
        f"members of their class on other plates. Mean average precision <b>{_number(result.mean_average_precision)}</b> "
        f"(normalized to 0 at chance: {_number(result.normalized)}); {_percent(result.precision)} of the first hits, "
        f"counted up to the size of the class, are members; {_percent(result.significant)} of the classes are found "
        "(q &lt; 0.05).</p>"
    )
    plot = bars(
        [(f"{row.label} ({row.n_queries})", row.mean_average_precision, row.chance) for row in result.classes],
        title="Mean average precision of each class",
    )
    rows = [
        (row.label, str(row.n_queries), _number(row.mean_average_precision), _number(row.normalized),
         _number(row.precision), f"{row.p:.2g}", f"{row.q:.2g}")
        for row in result.classes
    ]  # fmt: skip
    class_table = table(("class", "queries", "mAP", "normalized", "precision at class size", "p", "q"), rows)
    own = ("signatures", *(_number(x) for x in (result.mean_average_precision, result.normalized, result.precision)))
    others = [
        (one.name, _number(one.mean_average_precision), _number(one.normalized), _number(one.precision))
        for one in found.baselines
    ]
    beside = table(
        ("", "mAP", "normalized", "precision at class size"),
        [own, *others],
        caption="The same classes found by what uses no signature",
    )
    return text + plot + beside + class_table


def _replicates(found: Evaluation) -> str:
    """Show how well wells find their sisters."""
    result = found.replicates
    if result is None:
        return ""
    text = (
        f"<h2>Sister wells, same plate</h2><p>{result.n_wells:,} wells of {result.n_treatments:,} treatments each "
        "looked for their sisters among the other wells of their plate, where the plate cannot help: mean average "
        f"precision <b>{_number(result.mean_average_precision)}</b> (chance {_number(result.chance)}), first hit right "
        f"{_percent(result.recall_at_1)}, mean rank {_number(result.mean_rank)} (chance 0.5), "
        f"{_percent(result.significant)} of the treatments at q &lt; 0.05.</p>"
    )
    if not result.deciles:
        return text
    return text + columns(
        [share for _, _, _, share in result.deciles],
        title="Share of treatments whose wells find each other, by strength",
        labels=[f"≤ {upper:.2g}" for upper, *_ in result.deciles],
        x_label="strength of the treatment, ten equal parts",
        y_label="share with q < 0.05",
        top=1.0,
    )


def _leakage(found: Evaluation) -> str:
    """Show how far the plate shows through."""
    result = found.leakage
    if result is None:
        return ""
    text = (
        f"<h2>Plate leakage</h2><p>Of the {result.k} nearest, <b>{_percent(result.same_plate)}</b> lie on the query's "
        f"own plate; chance would give {_percent(result.chance)} (ratio {result.ratio:.2f}). The nearest name the plate "
        f"in {_percent(result.accuracy)} of {result.n_queries:,} cases; chance {_percent(result.accuracy_by_chance)}."
        "</p>"
    )
    rows = [
        (f"own plate among the {result.k} nearest", result.same_plate, result.chance),
        ("plate named by the nearest", result.accuracy, result.accuracy_by_chance),
    ]
    return text + bars(rows, title="Plate leakage against chance")


def _null_world(found: Evaluation) -> str:
    """Show what is found where nothing is."""
    world = found.null_world
    rows = [
        ("inactive compounds, same plate", _number(world.same_plate_cosine, digits=3)),
        ("inactive compounds, other plates", _number(world.other_plate_cosine, digits=3)),
        (
            "vehicle pseudo-compounds, same plate (many share a well, so not near 0)",
            _number(world.pseudo_same_plate_cosine, digits=3),
        ),
        ("vehicle pseudo-compounds, other plates", _number(world.pseudo_other_plate_cosine, digits=3)),
    ]
    text = "<h2>Null world</h2>" + table(("pairs", "mean cosine"), rows)
    neighbours = [
        _neighbour_row("vehicle pseudo-compounds", world.pseudo_neighbours),
        _neighbour_row("inactive signatures", world.inactive_neighbours),
        _neighbour_row("active signatures", world.active_neighbours),
    ]
    known = [row for row in neighbours if row]
    if known:
        text += table(("queries", "asked", "with a neighbour at q < 0.05"), known)
    uniform = world.uniformity
    if uniform is None or not uniform.n_queries:
        return text
    levels = "; ".join(f"p ≤ {level:g}: {_percent(share, digits=2)}" for level, share in uniform.levels)
    text += (
        f"<p>p_noise of {uniform.n_queries:,} vehicle pseudo-compounds should be uniform: Kolmogorov-Smirnov "
        f"D = {uniform.ks:.3f}, p = {uniform.ks_p:.2g}. {levels}.</p>"
    )
    n_bins = len(uniform.histogram)
    return text + columns(
        uniform.histogram,
        title="Histogram of p_noise of vehicle pseudo-compounds; the dashed line is uniform",
        labels=[f"{place / n_bins:g}" if place % 4 == 0 else "" for place in range(n_bins)],
        x_label="p_noise",
        y_label="share",
        reference=1 / n_bins,
    )


def _doses(found: Evaluation) -> str:
    """Show how doses agree."""
    result = found.doses
    if result is None:
        return ""
    steps = [
        (
            f"{step.low_um:g} against {step.high_um:g} µM",
            str(step.n_compounds),
            _number(step.rank),
            _percent(step.first),
        )
        for step in result.steps
    ]
    strengths = [(f"{dose:g} µM", f"{n:,}", _number(mean, digits=3)) for dose, n, mean in result.strengths]
    return (
        "<h2>Doses</h2><p>An active compound at one dose, among all compounds of its plate at the next: share of the "
        f"others that are less alike (chance 0.5). Strength follows dose with a rank correlation of "
        f"{_number(result.monotone)}.</p>"
        + table(("step", "compounds", "rank", "first"), steps)
        + table(("dose", "signatures", "mean strength, log2"), strengths)
    )


def _structure(found: Evaluation) -> str:
    """Show whether what looks alike acts alike."""
    link = found.structure
    if link is None:
        return ""
    rows = [
        ("all pairs", _number(link.auroc)),
        ("stronger half", _number(link.auroc_strong)),
        ("weaker half", _number(link.auroc_weak)),
        ("signatures shuffled (must be 0.5)", _number(link.auroc_shuffled)),
    ]
    return (
        f"<h2>Structure and effect</h2><p>{link.n_pairs:,} pairs on different plates look alike (Tanimoto ≥ 0.8): mean "
        f"cosine {_number(link.mean_cosine)}, against {_number(link.mean_cosine_random)} of {link.n_random:,} random "
        "pairs.</p>" + table(("AUROC, alike against random", ""), rows)
    )


def _stability(found: Evaluation) -> str:
    """Show whether the nearest stay."""
    if not found.stability:
        return ""
    rows = [
        (one.name, f"{one.n_queries:,}", _number(one.mean), _number(one.lowest_tenth), _number(one.chance))
        for one in found.stability
    ]
    head = ("change", "queries", f"Jaccard of the {found.stability[0].k} nearest", "lowest tenth", "chance")
    return "<h2>Stability</h2>" + table(head, rows)


def _remarks(found: Evaluation) -> str:
    """Say what could not be judged."""
    if not found.remarks:
        return ""
    return "<h2>Not judged</h2><ul>" + "".join(f"<li>{escape(remark)}</li>" for remark in found.remarks) + "</ul>"


def _neighbour_row(name: str, found: Neighbours | None) -> tuple[str, ...]:
    """Write one row about significant neighbours."""
    return (name, f"{found.n_queries:,}", _percent(found.share, digits=1)) if found and found.n_queries else ()


def _number(value: float, *, digits: int = 2) -> str:
    """Write a number, or that it is not known."""
    return f"{value:.{digits}f}" if isfinite(value) else "n/a"


def _percent(value: float, *, digits: int = 0) -> str:
    """Write a share in percent, or that it is not known."""
    return f"{100 * value:.{digits}f} %" if isfinite(value) else "n/a"
