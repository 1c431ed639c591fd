"""What a profile allows to be said, each sentence graded and with the figures that it rests on.

*Observed* sentences repeat figures. *Consistent with* names a process or a class whose expected direction and size the
figures have. *Hypothesis* says what could be tested next. A sentence is only made where its figures stand; where the sign
is not the expected one, no process is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Grade = Literal["observed", "consistent with", "hypothesis"]
SURE = 0.05
UNUSUAL = 5.0  # percent of compounds, or of random panels, at either end
MOST = 5
LEAST_MATES = 2
MOST_SHARED = 0.5  # a move that half of the active compounds share says little of one
LOW_RNA = 70.0
VIABLE = "non-toxic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence, its grade, and the figures that it rests on, by their place in the profile.

    Attributes
    ----------
    grade
        ``observed``, ``consistent with`` or ``hypothesis``.
    text
        A sentence without closing stop.
    evidence
        Place in the profile (``axes/ifn``) → figures.
    """

    grade: Grade
    text: str
    evidence: dict[str, dict[str, Any]]


def statements(profile: Mapping[str, Any]) -> list[Statement]:
    """Make the statements of a profile: the bottom line first.

    Parameters
    ----------
    profile
        The profile of one compound, as :meth:`vcpi.Database.profile` puts it together; parts that are missing say nothing.

    Returns
    -------
    list of Statement
        Strength, viability, up to five axes, the strongest that did not happen, neighbours, hypotheses.
    """
    found = [*_strength(profile), *_viability(profile)]
    if profile["query"].get("active") is False:
        return found
    return [*found, *_axes(profile), *_nothing(profile), *_neighbours(profile), *_hypotheses(profile)]


def _strength(profile: Mapping[str, Any]) -> list[Statement]:
    """Say how strong the effect is, and whether it is one."""
    query, block = profile["query"], profile.get("strength") or {}
    strength, active = query.get("strength"), query.get("active")
    if strength is None:
        return []
    figures = {
        name: value for name, value in {"strength": strength, "active": active, **block}.items() if value is not None
    }
    text = f"Strength {strength:.3f}"
    if block.get("percentile") is not None:
        text += f", percentile {block['percentile']:.0f} of {block['n_compounds']:,} compounds"
    if active is False:
        text += ": no effect beyond wells without one, so nothing below is a finding"
    elif active is None:
        text += "; whether that is an effect cannot be said here"
    if block.get("n_strong") is not None and block.get("n_strong_expected") is not None:
        text += (
            f"; {block['n_strong']:,} genes change twofold or more where noise gives {block['n_strong_expected']:,.0f}"
        )
    return [Statement(grade="observed", text=text, evidence={"strength": figures})]


def _viability(profile: Mapping[str, Any]) -> list[Statement]:
    """Say how the cells are."""
    quality = profile.get("quality") or {}
    call = quality.get("viability")
    if not call:
        return []
    parts = [f"Cells look {call}" if call == VIABLE else f"Viability call: {call}"]
    if quality.get("rna_output") is not None:
        parts.append(f"RNA output {quality['rna_output']:.0f} % of the plate's vehicle wells")
    if quality.get("mt_z") is not None:
        parts.append(f"mitochondrial z {quality['mt_z']:+.1f}")
    evidence = {
        name: quality[name] for name in ("viability", "rna_output", "mt_z", "reason") if quality.get(name) is not None
    }
    return [Statement(grade="observed", text="; ".join(parts), evidence={"quality": evidence})]


def _axes(profile: Mapping[str, Any]) -> list[Statement]:
    """Name the axes that move most and that fewest others move; a process only where the direction is expected."""
    moved = [axis for axis in profile.get("axes", ()) if _moves(axis) and not axis.get("variant_of")]
    moved.sort(key=lambda axis: (-abs(axis["z"]) * (1.0 - (axis.get("share") or 0.0)), axis["panel"]))
    found = []
    for axis in moved[:MOST]:
        way = "up" if axis["directed"] > 0 else "down"
        text = f"{axis['title']} {way}: mean {axis['directed']:+.2f} log2 over {axis['n_measured']} genes (z {axis['z']:+.1f}, q {axis['q']:.1g})"
        if axis.get("percentile") is not None:
            text += f", percentile {axis['percentile']:.0f} of the compounds"
        if (axis.get("share") or 0.0) >= MOST_SHARED:
            text += f"; {axis['share']:.0%} of the active compounds do the same"
        evidence = {f"axes/{axis['panel']}": _figures(axis)}
        found.append(Statement(grade="observed", text=text, evidence=evidence))
        if axis["kind"] == "footprint" and _unusual(axis) and (axis.get("share") or 0.0) < MOST_SHARED:
            less = "" if way == "up" else "less of this: "
            text = f"{axis['title']} {way} is consistent with {less}{axis['meaning']}. Mind: {axis['caution']}"
            found.append(Statement(grade="consistent with", text=text, evidence=evidence))
    return found


def _moves(axis: Mapping[str, Any]) -> bool:
    """Say whether an axis is beyond noise."""
    return axis.get("z") is not None and axis.get("q") is not None and axis["q"] < SURE


def _unusual(axis: Mapping[str, Any]) -> bool:
    """Say whether a score is rare among compounds, and among random panels of such genes."""
    ends = [axis.get("percentile"), axis.get("random_percentile")]
    return all(value is None or min(value, 100.0 - value) <= UNUSUAL for value in ends) and any(
        value is not None for value in ends
    )


def _nothing(profile: Mapping[str, Any]) -> list[Statement]:
    """Name what most active compounds move and this one does not."""
    still = [
        axis
        for axis in profile.get("axes", ())
        if axis.get("z") is not None
        and axis["kind"] == "footprint"
        and not _moves(axis)
        and axis.get("share_moving") is not None
    ]
    if not still:
        return []
    axis = max(still, key=lambda one: (one["share_moving"], one["panel"]))
    text = (
        f"No change beyond noise of {axis['title']}: mean {axis['directed']:+.2f} log2 (z {axis['z']:+.1f}, q {axis['q']:.2f}), "
        f"which {axis['share_moving']:.0%} of the active compounds move"
    )
    return [Statement(grade="observed", text=text, evidence={f"axes/{axis['panel']}": _figures(axis)})]


def _figures(axis: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of an axis that a statement rests on."""
    names = (
        "directed",
        "z",
        "q",
        "percentile",
        "random_percentile",
        "null_percentile",
        "n_measured",
        "n_total",
        "share",
        "share_moving",
    )
    return {name: axis[name] for name in names if axis.get(name) is not None}


def _neighbours(profile: Mapping[str, Any]) -> list[Statement]:
    """Say what acts alike, and of what class that is."""
    hits = [hit for hit in profile.get("neighbours", ()) if hit.get("q_noise") is not None]
    alike = [hit for hit in hits if hit["q_noise"] < SURE]
    if not hits:
        return []
    if not alike:
        best = min(hit["q_noise"] for hit in hits)
        text = f"No compound acts alike beyond noise: the smallest q is {best:.2g}"
        return [Statement(grade="observed", text=text, evidence={"neighbours": {"q_noise": best}})]
    names = ", ".join(f"{hit['name']} {hit['connectivity']:.2f}" for hit in alike[:MOST])
    evidence = {
        f"neighbours/{hit['name']}": {
            "connectivity": hit["connectivity"],
            "q_noise": hit["q_noise"],
            "tanimoto": hit.get("tanimoto"),
        }
        for hit in alike[:MOST]
    }
    found = [
        Statement(grade="observed", text=f"Acts most like {names} (connectivity; q below {SURE:g})", evidence=evidence)
    ]
    for one in sorted(profile.get("classes", ()), key=lambda row: (row["q"], row["name"])):
        if one["q"] < SURE and one["n_top"] >= LEAST_MATES:
            text = (
                f"The effect is consistent with that of the class {one['name']}: {one['n_top']} of its {one['n']} members are among the "
                f"{one['k']} nearest where chance gives {one['expected']:.1f} (q {one['q']:.1g})"
            )
            found.append(Statement(grade="consistent with", text=text, evidence={f"classes/{one['name']}": dict(one)}))
            break
    return found


def _hypotheses(profile: Mapping[str, Any]) -> list[Statement]:
    """Say what a look-alike in effect of another scaffold suggests to test."""
    hops = [
        hit
        for hit in profile.get("neighbours", ())
        if hit.get("relation") == "scaffold-hop"
        and (hit.get("q_noise") or 1.0) < SURE
        and hit.get("targets")
        and (hit.get("p_specific") is None or hit["p_specific"] < SURE)
    ]
    own = set(profile["query"].get("targets") or ())
    for hit in hops:
        new = [target for target in hit["targets"] if target not in own]
        if new:
            text = (
                f"It may act through {', '.join(new[:3])} or beside it, as {hit['name']} does (connectivity {hit['connectivity']:.2f}, "
                f"another scaffold): to be tested with a binding or phosphorylation assay; an mRNA profile does not show a target"
            )
            return [
                Statement(
                    grade="hypothesis",
                    text=text,
                    evidence={
                        f"neighbours/{hit['name']}": {"connectivity": hit["connectivity"], "q_noise": hit["q_noise"]}
                    },
                )
            ]
    return []
