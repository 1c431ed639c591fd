"""What a profile allows to be said, each sentence graded and with the figures that it rests on.

*Observed* sentences repeat figures. *Consistent with* names a process or a class whose expected direction and size the
figures have. *Hypothesis* says what could be tested next. A sentence is only made where its figures stand; where the sign
is not the expected one, no process is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Grade = Literal["observed", "consistent with", "hypothesis"]
SURE = 0.05
UNUSUAL = 5.0  # percent of compounds, or of random panels, at either end
MOST = 5
MOST_SHARED = 0.5  # a move that half of the active compounds share says little of one
LEAST_ALIKE = 0.3  # connectivity below which a hit beyond noise suggests no mechanism
SHIFTED = 0.5  # share of a score that the shift of all genes may make up
VIABLE, DYING = "non-toxic", ("cytotoxic", "stressed")
ONE_WAY = frozenset(
    {"hdac", "ahr", "hsf1", "sting-tlr", "p53", "nrf2", "isr-upr", "isr", "upr", "ieg", "stress-p38-jnk", "ifn", "ifng"}
)
"""Processes that are off in resting cells: less of them cannot be read from a fall of their genes."""


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
    first
        It belongs to the bottom line.
    """

    grade: Grade
    text: str
    evidence: dict[str, dict[str, Any]]
    first: bool = False


def statements(profile: Mapping[str, Any]) -> list[Statement]:
    """Make the statements of a profile: the bottom line first.

    Parameters
    ----------
    profile
        The profile of one compound, as :meth:`vcpi.Database.profile` puts it together; parts that are missing say nothing.

    Returns
    -------
    list of Statement
        Strength, viability, axes, the strongest that did not happen, neighbours, hypotheses. No process is named and no
        class where the cells are dying: then nearly everything moves.
    """
    head = [*_strength(profile), *_viability(profile)]
    if profile["query"].get("active") is False:
        return [replace(one, first=True) for one in head]
    dying = _dying(profile)
    acts_like = _neighbours(profile, named=not dying)
    found = [*head, *dying, *_axes(profile, named=not dying)[:1], *_nothing(profile), *acts_like]
    rest = [] if dying else [*_axes(profile, named=True)[1:], *_hypotheses(profile, acts_like)]
    return [*(replace(one, first=True) for one in found), *rest]


def _dying(profile: Mapping[str, Any]) -> list[Statement]:
    """Say first of dying cells that they are: their profile is mostly that of dying."""
    call = str((profile.get("quality") or {}).get("viability") or "")
    if not call.startswith(DYING):
        return []
    moved = [axis for axis in profile.get("axes", ()) if _moves(axis)]
    known = [axis for axis in profile.get("axes", ()) if axis.get("z") is not None]
    text = (
        f"The cells are {call}: {len(moved)} of {len(known)} axes move, and what moves may be dying rather than the mechanism; "
        "no process is named"
    )
    return [Statement(grade="observed", text=text, evidence={"quality": {"viability": call}})]


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


def _axes(profile: Mapping[str, Any], *, named: bool) -> list[Statement]:
    """Name the axes that move most and that fewest others move; a process only where the direction is one to expect."""
    moved = [axis for axis in profile.get("axes", ()) if _moves(axis) and not axis.get("variant_of")]
    moved.sort(key=lambda axis: (-abs(axis["z"]) * (1.0 - (axis.get("share") or 0.0)), axis["panel"]))
    found = []
    for axis in moved[:MOST]:
        way = "up" if axis["directed"] > 0 else "down"
        text = (
            f"{axis['title']} {way}: {_mean(axis)} {axis['directed']:+.2f} {_unit(profile)} over {axis['n_measured']} genes "
            f"(z {axis['z']:+.1f}, q {axis['q']:.1g})"
        )
        if axis.get("percentile") is not None:
            text += f", percentile {axis['percentile']:.0f} of the compounds"
        if (axis.get("share") or 0.0) >= MOST_SHARED:
            text += f"; {axis['share']:.0%} of the active compounds do the same"
        if not _beyond(axis):
            text += "; most of it is the shift of all genes"
        if named and _readable(axis, way):
            read = axis["meaning"] if way == "up" else f"the opposite of what its activity gives ({axis['meaning']})"
            text += f". Consistent with {read}. Mind: {axis['caution']}"
            grade: Grade = "consistent with"
        else:
            grade = "observed"
        found.append(Statement(grade=grade, text=text, evidence={f"axes/{axis['panel']}": _figures(axis)}))
    return found


def _mean(axis: Mapping[str, Any]) -> str:
    """Say what kind of mean the score of an axis is."""
    return "signed mean" if axis["kind"] == "footprint" else "mean"


def _unit(profile: Mapping[str, Any]) -> str:
    """Give the unit of the changes."""
    return str(profile.get("unit") or "log2")


def _readable(axis: Mapping[str, Any], way: str) -> bool:
    """Say whether a process may be read from an axis: rare, beyond the shift, and in a direction that means something."""
    if axis["kind"] != "footprint" or not _unusual(axis) or not _beyond(axis):
        return False
    return (axis.get("share") or 0.0) < MOST_SHARED and (way == "up" or axis["panel"] not in ONE_WAY)


def _beyond(axis: Mapping[str, Any]) -> bool:
    """Say whether a score is more than what the shift of all genes makes of it."""
    beyond = axis.get("beyond_shift")
    return beyond is None or (beyond * axis["directed"] > 0 and abs(beyond) >= SHIFTED * abs(axis["directed"]))


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
        f"No change beyond noise of {axis['title']}: {axis['directed']:+.2f} {_unit(profile)} (z {axis['z']:+.1f}, q {axis['q']:.2f}), "
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
        "beyond_shift",
    )
    return {name: axis[name] for name in names if axis.get(name) is not None}


def _neighbours(profile: Mapping[str, Any], *, named: bool) -> list[Statement]:
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
        f"neighbours/{hit['name']}": {name: hit.get(name) for name in ("connectivity", "q_noise", "tanimoto")}
        for hit in alike[:MOST]
    }
    text = f"Acts most like {names} (connectivity; q below {SURE:g})"
    if alike[0]["connectivity"] < LEAST_ALIKE:
        return [Statement(grade="observed", text=f"{text}: beyond noise, and far from alike", evidence=evidence)]
    found = [Statement(grade="observed", text=text, evidence=evidence)]
    one = next(iter(profile.get("classes", ())), None)  # the class whose members are nearest comes first
    if named and one is not None and one["q"] < SURE:
        own = profile["query"].get("classes") or []
        other = "" if not own or one["name"] in own else f"; the compound itself is known as {', '.join(own)}"
        text = (
            f"Consistent with the effect of the class {one['name']}: {one['n_top']} of its {one['n']} members are among the "
            f"{one['k']} compounds that act alike beyond noise, where chance gives {one['expected']:.1f} (q {one['q']:.1g}){other}"
        )
        found.append(Statement(grade="consistent with", text=text, evidence={f"classes/{one['name']}": dict(one)}))
    return found


def _hypotheses(profile: Mapping[str, Any], acts_like: Sequence[Statement]) -> list[Statement]:
    """Say what the nearest of another scaffold suggests to test, of a compound whose targets are not known."""
    if profile["query"].get("targets") or any(one.grade == "consistent with" for one in acts_like):
        return []
    for hit in list(profile.get("neighbours", ()))[:MOST]:
        sure = (hit.get("q_noise") or 1.0) < SURE and (hit.get("p_specific") or 1.0) < SURE
        if (
            hit.get("relation") != "scaffold-hop"
            or not sure
            or hit["connectivity"] < LEAST_ALIKE
            or not hit.get("targets")
        ):
            continue
        text = (
            f"It may act through {', '.join(hit['targets'][:3])} or beside it, as {hit['name']} does (connectivity "
            f"{hit['connectivity']:.2f}, another scaffold): to be tested with a binding or phosphorylation assay; an mRNA "
            "profile does not show a target"
        )
        evidence = {
            f"neighbours/{hit['name']}": {name: hit[name] for name in ("connectivity", "q_noise", "p_specific")}
        }
        return [Statement(grade="hypothesis", text=text, evidence=evidence)]
    return []
