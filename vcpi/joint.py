"""Where the two searches meet: hits by signature and hits by structure → rows with both scores and both ranks.

The two similarities stand side by side and are never mixed; how they relate has a name (``Relation``). Nothing here
reads a store or an index: who has opened them hands in the hits and what is known of each signature.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vcpi.errors import InputError
from vcpi.records import JointHit, Relation, SignatureHit, StructureHit, Treatment
from vcpi.tanimotos import Tanimotos

SURE, NOT_SURE = 0.05, 0.2  # false discovery rates below and above which likeness in effect is called and denied
NEAR = 0.75  # of the threshold; from here on a difference in effect is no finding
N_NEAREST = 10  # analogs whose Tanimoto may be below the bar, down to ``Thresholds.related``
NOT_SPECIFIC = 0.2  # p_specific from which a likeness beyond noise is one with many compounds that act
LEAST_BACKGROUND = 20  # active compounds, to call a likeness not specific
CONNECTIVITY = 0.5  # where nothing is known of what chance reaches

NORMAL_90, NORMAL_99 = 1.2816, 2.3263  # standard normal quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on two compounds count as alike.

    ``tanimoto``: alike in structure. ``related``: structure close enough for the nearest analogs of a query to be asked
    whether they are cliffs (tacrolimus is at 0.375 to rapamycin). ``connectivity``: alike in effect; what chance
    reaches depends on the dataset, so take it from :meth:`from_background`.

    Raises
    ------
    InputError
        A threshold is out of range, or ``related`` is above ``tanimoto``.
    """

    tanimoto: float = 0.5
    related: float = 0.35
    connectivity: float = CONNECTIVITY

    def __post_init__(self) -> None:
        if not 0.0 <= self.related <= self.tanimoto <= 1.0:
            raise InputError(
                f"related is {self.related}, tanimoto {self.tanimoto}; expected 0 <= related <= tanimoto <= 1"
            )
        if not 0.0 < self.connectivity <= 1.0:
            raise InputError(f"connectivity is {self.connectivity}; expected a number above 0 and up to 1")

    @classmethod
    def from_background(
        cls,
        quantiles: Mapping[float, float],
        *,
        tanimoto: float = 0.5,
        related: float = 0.35,
    ) -> Thresholds:
        """Take as alike in effect what 1 % of unrelated pairs would reach.

        A library holds related pairs too, and they fill the upper tail. So the middle of the distribution sets the
        bar: its median plus 2.33 standard deviations, taken from the distance between median and 90th percentile.
        Where there is no background, or it gives no positive cosine, the default stands.

        Parameters
        ----------
        quantiles
            Cosine of random pairs at the levels 0.5 and 0.9.

        Examples
        --------
        >>> round(Thresholds.from_background({0.5: 0.0, 0.9: 0.2}).connectivity, 3)
        0.363
        """
        middle, upper = quantiles.get(0.5, 0.0), quantiles.get(0.9, 0.0)
        reached = middle + NORMAL_99 * (upper - middle) / NORMAL_90
        connectivity = min(reached, 1.0) if reached > 0 else CONNECTIVITY
        return cls(tanimoto=tanimoto, related=related, connectivity=connectivity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """What the store knows of one signature and its compound, without the vector.

    ``active`` is None where strength can't be judged; ``flags`` are passed on to the hit.
    """

    compound_id: int
    name: str
    source_compound_id: str | None = None
    inchikey: str | None = None
    signature_id: int | None = None
    plates: tuple[str, ...] = ()
    strength: float | None = None
    active: bool | None = None
    n_replicates: int | None = None
    shared_genes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    treatment: Treatment | None = None


def relation(
    tanimoto: float | None,
    connectivity: float | None,
    *,
    thresholds: Thresholds,
    query_active: bool | None,
    hit_active: bool | None,
    q: float | None = None,
    nearest: bool = False,
) -> tuple[Relation | None, tuple[str, ...]]:
    """Name how two compounds relate in structure and in effect; every verb that names a relation asks here.

    ``like``, ``query`` and ``explain`` see a pair from the query's side. What sees it from both sides asks
    :func:`pair_relation`.

    Parameters
    ----------
    tanimoto
        In [0, 1]; None where one of the two has no structure.
    connectivity
        In [-1, 1]; None where one of the two has no signature.
    thresholds
        From where on they count as alike.
    q
        False discovery rate of the connectivity, where it is known: then it decides on likeness in effect, not the
        threshold.
    query_active, hit_active
        Whether the compound does anything; None where that isn't known.
    nearest
        One is among the ten nearest analogs of the other by structure: then they look alike enough for a difference in
        effect to be a cliff from ``thresholds.related`` on.

    Returns
    -------
    tuple
        The relation, None where a structure or a signature is missing, and flags: ``no-structure`` (with
        ``alike-in-effect`` where that much is known), ``no-signature``, ``near-threshold`` (looks alike, and is almost
        alike in effect), ``reversal`` (the effects oppose one another),
        ``distant-analog`` (a cliff of one of the ten nearest, below the Tanimoto from which compounds look alike),
        ``activity-unknown`` (a cliff for which it isn't known that either does anything), ``both-inactive`` (analogs
        that differ in effect because neither has one), ``query-inactive`` and ``hit-inactive`` (a likeness that may
        be one of noise).

    Examples
    --------
    >>> relation(0.87, 0.98, thresholds=Thresholds(), query_active=True, hit_active=True)
    ('analog-mimic', ())
    >>> relation(0.6, 0.1, thresholds=Thresholds(), query_active=None, hit_active=None)
    ('activity-cliff', ('activity-unknown',))
    """
    flags = []
    if tanimoto is None:
        flags.append("no-structure")
    if connectivity is None:
        return None, (*flags, "no-signature")
    looks_alike = tanimoto is not None and tanimoto >= thresholds.tanimoto
    if connectivity <= -thresholds.connectivity:
        flags.append("reversal")
    alike = connectivity >= thresholds.connectivity if q is None else connectivity > 0 and q < SURE
    if alike:
        flags += [
            flag for flag, active in (("query-inactive", query_active), ("hit-inactive", hit_active)) if active is False
        ]
        flags += ["alike-in-effect"] if tanimoto is None else []
        return (None if tanimoto is None else "analog-mimic" if looks_alike else "scaffold-hop"), tuple(flags)
    if tanimoto is None:
        return None, tuple(flags)
    almost = connectivity >= NEAR * thresholds.connectivity if q is None else connectivity > 0 and q < NOT_SURE
    distant = not looks_alike and nearest and tanimoto >= thresholds.related
    if not looks_alike and (not distant or almost):
        return "unrelated", tuple(flags)
    if query_active is False and hit_active is False:
        return "unrelated", (*flags, "both-inactive")
    if not query_active and not hit_active:
        flags.append("activity-unknown")
    flags += ["near-threshold"] if almost else []
    flags += ["distant-analog"] if distant else []
    return "activity-cliff", tuple(flags)


def pair_relation(
    tanimoto: float | None,
    connectivity: float | None,
    *,
    thresholds: Thresholds,
    active: tuple[bool | None, bool | None],
    q: tuple[float | None, float | None] = (None, None),
    nearest: bool = False,
) -> tuple[Relation | None, tuple[str, ...]]:
    """Name how two compounds relate, seen from both sides: alike, or different, only where both sides say so.

    Parameters
    ----------
    tanimoto, connectivity, thresholds, nearest
        As in :func:`relation`.
    active
        Whether each of them does anything.
    q
        False discovery rate of the connectivity asked from either side.

    Returns
    -------
    tuple
        As of :func:`relation`. Where one side calls a pair alike in effect and the other does not, an analog is a cliff
        with the flag ``near-threshold``.

    Examples
    --------
    >>> pair_relation(0.1, 0.4, thresholds=Thresholds(), active=(True, True), q=(0.01, 0.04))
    ('scaffold-hop', ())
    >>> pair_relation(0.8, 0.4, thresholds=Thresholds(), active=(True, True), q=(0.01, 0.4))
    ('activity-cliff', ('near-threshold',))
    """
    known: list[float | None] = [*sorted(one for one in q if one is not None)]
    sides = [
        relation(
            tanimoto,
            connectivity,
            thresholds=thresholds,
            query_active=active[0],
            hit_active=active[1],
            q=one,
            nearest=nearest,
        )
        for one in (known or [None])
    ]
    (closer, its_flags), (farther, flags) = sides[0], sides[-1]
    if farther != "activity-cliff" or (closer == farther and its_flags == flags):
        return farther, flags
    if "distant-analog" in flags:
        return "unrelated", tuple(flag for flag in flags if flag != "distant-analog")
    return farther, tuple(dict.fromkeys((*flags, "near-threshold")))


def nearest_analogs(
    tanimotos: Mapping[int, float], *, among: Collection[int], exclude: Collection[int] = (), n: int = N_NEAREST
) -> frozenset[int]:
    """Find the compounds that look most like a query, of some; equal ones by id.

    Examples
    --------
    >>> sorted(nearest_analogs({7: 0.2, 3: 0.9, 5: 0.4, 1: 1.0}, among=[7, 3, 1], exclude=[1], n=1))
    [3]
    """
    wanted = np.array(sorted(set(among).difference(exclude)), dtype=np.int64)
    scores = Tanimotos.of(tanimotos).at(wanted)
    known = ~np.isnan(scores)
    return frozenset(Tanimotos(wanted[known], scores[known]).nearest(n))


def flag_unspecific(rows: Iterable[JointHit], *, n_background: int, reverse: bool = False) -> list[JointHit]:
    """Flag hits beyond noise to which many other active compounds come as close (``non-specific``).

    Parameters
    ----------
    rows
        Hits with ``p_specific``.
    n_background
        Active compounds that they were ranked among; with few, none is flagged.
    reverse
        The hits are opposites, and p_specific is of those.
    """
    found = []
    for row in rows:
        alike = row.relation in {"analog-mimic", "scaffold-hop"} or "alike-in-effect" in row.flags
        sure = "reversal" in row.flags if reverse else alike
        many = n_background >= LEAST_BACKGROUND and (row.p_specific or 0.0) >= NOT_SPECIFIC
        found.append(replace(row, flags=(*row.flags, "non-specific")) if sure and many else row)
    return found


def join(
    query: Profiled,
    signature_hits: Iterable[SignatureHit],
    *,
    details: Mapping[int, Profiled],
    tanimotos: Mapping[int, float],
    thresholds: Thresholds,
    exclude_same_plate: bool = False,
    reverse: bool = False,
    by_q: bool = True,
    structure_asked: bool = True,
) -> list[JointHit]:
    """Put structure beside a list of hits by signature.

    Parameters
    ----------
    query
        What was asked; without ``plates`` (a signature measured elsewhere) nothing is on the same plate.
    signature_hits
        Hits in their order; their ``rank`` becomes ``signature_rank``.
    details
        Signature id → what is known of it, for every hit.
    tanimotos
        Compound id → Tanimoto to the query, for all compounds with a structure: the rank by structure is among these.
        Empty where the query has no structure.
    thresholds
        From where on compounds count as alike.
    exclude_same_plate
        Leave out hits that share a plate with the query.
    reverse
        The hits are opposites, and so is what their q says.
    by_q
        Let a known q decide on likeness in effect; False where it is only a rank among unrelated compounds.
    structure_asked
        Whether a compound was asked about; of genes it is no news that they have no structure.

    Returns
    -------
    list of JointHit
        In the order of the hits, ranked from 1. p, q and tau are None with the flag ``uncalibrated``.

    Raises
    ------
    InputError
        A hit has no details.
    """
    hits = list(signature_hits)
    found = {hit.compound_id for hit in hits}
    all_tanimotos = Tanimotos.of(tanimotos)
    ranks = all_tanimotos.ranks(found, exclude=(query.compound_id,))
    near = nearest_analogs(all_tanimotos, among=found, exclude=(query.compound_id,))
    known_ids = np.array(sorted(found), dtype=np.int64)
    scores = all_tanimotos.at(known_ids)
    tanimotos = {i: score for i, score in zip(known_ids.tolist(), scores.tolist(), strict=True) if not np.isnan(score)}
    rows: list[JointHit] = []
    for hit in hits:
        known = details.get(hit.signature_id)
        if known is None:
            raise InputError(f"Nothing is known of signature {hit.signature_id}; expected details for every hit")
        if exclude_same_plate and _same_plate(query, known):
            continue
        rows.append(
            _row(
                query,
                known,
                hit,
                rank=len(rows) + 1,
                tanimotos=tanimotos,
                ranks=ranks,
                thresholds=thresholds,
                by_q=by_q,
                nearest=known.compound_id in near,
            )
        )
    if reverse:
        rows = [_reversed(row, details[row.signature_id or 0], query=query, by_q=by_q) for row in rows]
    if not structure_asked:
        rows = [replace(row, flags=tuple(flag for flag in row.flags if flag != "no-structure")) for row in rows]
    return rows


def cliffs(
    query: Profiled,
    structure_hits: Sequence[StructureHit],
    signature_hits: Iterable[SignatureHit],
    *,
    details: Mapping[int, Profiled],
    thresholds: Thresholds,
    n_nearest: int = N_NEAREST,
    by_q: bool = True,
) -> list[JointHit]:
    """Find the analogs of a query that act differently.

    Parameters
    ----------
    query
        What was asked.
    structure_hits
        Its analogs by structure, best first.
    signature_hits
        Scores of the signatures of these analogs, in any order. An analog with several acts differently only if the
        most alike of them does.
    details
        Signature id → what is known of it, for every signature hit.
    thresholds
        Analogs from ``tanimoto`` on are asked, and of the nearest ``n_nearest`` those from ``related`` on, with the
        flag ``distant-analog``.
    n_nearest
        See there.
    by_q
        As in :func:`join`.

    Returns
    -------
    list of JointHit
        Only activity cliffs well below the threshold, the most alike in structure first, ranked from 1. Analogs without a signature and the
        query itself are not among them.
    """
    best: dict[int, SignatureHit] = {}
    for hit in signature_hits:
        other = best.get(hit.compound_id)
        if other is None or (-hit.connectivity, hit.signature_id) < (-other.connectivity, other.signature_id):
            best[hit.compound_id] = hit
    analogs = [hit for hit in structure_hits if hit.compound_id != query.compound_id]
    nearest = {hit.compound_id for hit in analogs[:n_nearest]}
    tanimotos = {hit.compound_id: hit.tanimoto for hit in analogs}
    ranks = {hit.compound_id: place for place, hit in enumerate(analogs, start=1)}
    rows: list[JointHit] = []
    least = min(thresholds.related, thresholds.tanimoto)  # below, nothing is alike in structure
    close = [hit for hit in analogs if hit.tanimoto >= least]
    for analog in sorted(close, key=lambda hit: (-hit.tanimoto, hit.compound_id)):
        signature = best.get(analog.compound_id)
        known = None if signature is None else details.get(signature.signature_id)
        if signature is None or known is None:
            continue
        row = _row(
            query,
            known,
            signature,
            rank=len(rows) + 1,
            tanimotos=tanimotos,
            ranks=ranks,
            thresholds=thresholds,
            by_q=by_q,
            nearest=analog.compound_id in nearest,
        )
        if row.relation == "activity-cliff" and "near-threshold" not in row.flags:
            rows.append(row)
    return rows


def structure_ranks(tanimotos: Mapping[int, float], *, exclude: Collection[int] = ()) -> dict[int, int]:
    """Rank compounds by Tanimoto, from 1, equal ones by id.

    Examples
    --------
    >>> structure_ranks({7: 0.2, 3: 0.9, 5: 0.2, 1: 1.0}, exclude=[1])
    {3: 1, 5: 2, 7: 3}
    """
    found = Tanimotos.of(tanimotos).ranks([*tanimotos], exclude=exclude)
    return dict(sorted(found.items(), key=lambda one: one[1]))


def _row(
    query: Profiled,
    known: Profiled,
    hit: SignatureHit,
    *,
    rank: int,
    tanimotos: Mapping[int, float],
    ranks: Mapping[int, int],
    thresholds: Thresholds,
    by_q: bool,
    nearest: bool,
) -> JointHit:
    """Make one row of the answer."""
    tanimoto = tanimotos.get(known.compound_id)
    name, reasons = relation(
        tanimoto,
        hit.connectivity,
        thresholds=thresholds,
        query_active=query.active,
        hit_active=known.active,
        q=hit.q_noise if by_q else None,
        nearest=nearest,
    )
    return JointHit(
        rank=rank,
        name=known.name,
        source_compound_id=known.source_compound_id,
        inchikey=known.inchikey,
        compound_id=known.compound_id,
        signature_id=hit.signature_id,
        connectivity=hit.connectivity,
        p_noise=hit.p_noise,
        q_noise=hit.q_noise,
        p_specific=None,
        tau=None,
        tanimoto=tanimoto,
        structure_rank=ranks.get(known.compound_id),
        signature_rank=hit.rank,
        relation=name,
        strength=known.strength,
        n_replicates=known.n_replicates,
        same_plate=_same_plate(query, known),
        dose_um=known.treatment.dose_um if known.treatment else None,
        time_h=known.treatment.time_h if known.treatment else None,
        cell_line=known.treatment.cell_line if known.treatment else None,
        shared_genes=known.shared_genes,
        flags=tuple(dict.fromkeys((*reasons, *known.flags, *(("uncalibrated",) if hit.p_noise is None else ())))),
    )


def _reversed(row: JointHit, known: Profiled, *, query: Profiled, by_q: bool) -> JointHit:
    """Say of an opposite which side does nothing; name a sure one as such: it is no mimic, whatever its structure."""
    silent = [
        flag for flag, one in (("query-inactive", query), ("hit-inactive", known)) if one.active is False
    ]  # an effect cannot be opposed by none
    flags = tuple(dict.fromkeys((*row.flags, *silent)))
    if not by_q or row.q_noise is None:
        return replace(row, flags=flags)
    sure = row.q_noise < SURE and (row.connectivity or 0.0) < 0
    kept = tuple(flag for flag in flags if flag not in ("reversal", "near-threshold", "alike-in-effect"))
    return replace(row, flags=(*kept, "reversal") if sure else kept)


def _same_plate(query: Profiled, known: Profiled) -> bool | None:
    """Tell whether two signatures share a plate; None where a plate isn't known."""
    if not query.plates or not known.plates:
        return None
    return not set(query.plates).isdisjoint(known.plates)
