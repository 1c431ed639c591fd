"""Where the two searches meet: hits by signature and hits by structure → rows with both scores and both ranks.

The two similarities stand side by side and are never mixed; how they relate has a name (``Relation``). Nothing here
reads a store or an index: who has opened them hands in the hits and what is known of each signature.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from vcpi.errors import InputError
from vcpi.records import JointHit, Relation, SignatureHit, StructureHit, Treatment

SURE, NOT_SURE = 0.05, 0.2  # false discovery rates below and above which likeness in effect is called and denied
NEAR = 0.75  # of the threshold; from here on a difference in effect is no finding
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
) -> tuple[Relation | None, tuple[str, ...]]:
    """Name how two compounds relate in structure and in effect.

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

    Returns
    -------
    tuple
        The relation, None where a structure or a signature is missing, and flags: ``no-structure`` (with
        ``alike-in-effect`` where that much is known), ``no-signature``, ``near-threshold`` (looks alike, and is almost
        alike in effect), ``reversal`` (the effects oppose one another),
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
    if not looks_alike:
        return (None if tanimoto is None else "unrelated"), tuple(flags)
    if query_active is False and hit_active is False:
        return "unrelated", (*flags, "both-inactive")
    if not query_active and not hit_active:
        flags.append("activity-unknown")
    if connectivity >= NEAR * thresholds.connectivity if q is None else connectivity > 0 and q < NOT_SURE:
        flags.append("near-threshold")
    return "activity-cliff", tuple(flags)


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

    Returns
    -------
    list of JointHit
        In the order of the hits, ranked from 1. p, q and tau are None with the flag ``uncalibrated``.

    Raises
    ------
    InputError
        A hit has no details.
    """
    ranks = structure_ranks(tanimotos, exclude=(query.compound_id,))
    rows: list[JointHit] = []
    for hit in signature_hits:
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
            )
        )
    return [_reversed(row) for row in rows] if reverse and by_q else rows


def cliffs(
    query: Profiled,
    structure_hits: Sequence[StructureHit],
    signature_hits: Iterable[SignatureHit],
    *,
    details: Mapping[int, Profiled],
    thresholds: Thresholds,
    n_nearest: int = 5,
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
    lower = Thresholds(tanimoto=thresholds.related, related=thresholds.related, connectivity=thresholds.connectivity)
    tanimotos = {hit.compound_id: hit.tanimoto for hit in analogs}
    ranks = {hit.compound_id: place for place, hit in enumerate(analogs, start=1)}
    rows: list[JointHit] = []
    for analog in sorted(analogs, key=lambda hit: (-hit.tanimoto, hit.compound_id)):
        signature = best.get(analog.compound_id)
        known = None if signature is None else details.get(signature.signature_id)
        distant = analog.tanimoto < thresholds.tanimoto
        if signature is None or known is None or (distant and analog.compound_id not in nearest):
            continue
        row = _row(
            query,
            known,
            signature,
            rank=len(rows) + 1,
            tanimotos=tanimotos,
            ranks=ranks,
            thresholds=lower if distant else thresholds,
            by_q=by_q,
            flags=("distant-analog",) if distant else (),
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
    order = sorted((-score, compound) for compound, score in tanimotos.items() if compound not in exclude)
    return {compound: place for place, (_, compound) in enumerate(order, start=1)}


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
    flags: tuple[str, ...] = (),
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
        flags=tuple(
            dict.fromkeys((*reasons, *flags, *known.flags, *(("uncalibrated",) if hit.p_noise is None else ())))
        ),
    )


def _reversed(row: JointHit) -> JointHit:
    """Name a sure opposite as such; it is no mimic, whatever its structure."""
    if row.q_noise is None:
        return row
    sure = row.q_noise < SURE and (row.connectivity or 0.0) < 0
    flags = tuple(flag for flag in row.flags if flag not in ("reversal", "near-threshold", "alike-in-effect"))
    return replace(row, flags=(*flags, "reversal") if sure else flags)


def _same_plate(query: Profiled, known: Profiled) -> bool | None:
    """Tell whether two signatures share a plate; None where a plate isn't known."""
    if not query.plates or not known.plates:
        return None
    return not set(query.plates).isdisjoint(known.plates)
