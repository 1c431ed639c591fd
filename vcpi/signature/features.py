"""What signatures are compared on: reliable genes, without the noise that wells share and without generic stress.

Three things hide mechanisms in a screen of cells: genes that only carry noise, technical directions along which wells
differ anyway, and the one stress response that every compound shows when its dose is high enough. The features weigh
genes by how much of their variance comes from compounds, shrink the technical directions, and take the stress direction
out; its coordinate is kept for each signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.directions import noise_directions, stress_direction

MAX_GENES = 4000
MIN_ACTIVE = 20  # fewer signatures that act, and their variance says more about them than about genes
MIN_RELIABILITY = 0.02
CLIP = 20.0  # one gene that explodes in one compound is not a direction
MATRIX = 2
FORMAT = 1
BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureModel:
    """How z become features; :func:`fit_features` makes it, :meth:`transform` applies it.

    ``genes`` are the positions of the chosen genes in the full signature, shape (d,); ``weights`` of shape (d,) is the
    root of ``reliability``. ``sphering`` of shape (k, d) holds unit directions of noise and ``gain`` of shape (k,), in
    (0, 1], what is left of each; ``stress`` of shape (s, d) the unit stress directions, s being 0 or 1. ``settings`` is
    plain JSON; ``notes`` says what could not be done.
    """

    n_genes: int
    genes: NDArray[np.int64]
    reliability: NDArray[np.float32]
    sphering: NDArray[np.float32]
    gain: NDArray[np.float32]
    stress: NDArray[np.float32]
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def weights(self) -> NDArray[np.float32]:
        """Weight of each chosen gene."""
        return np.asarray(np.sqrt(self.reliability))

    def transform(self, z: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Make features of signatures, of this dataset or from outside.

        Parameters
        ----------
        z
            Shape (n_signatures, n_genes) or (n_genes,), over all genes of the dataset. NaN says that a gene was not
            measured; it counts as unchanged.

        Returns
        -------
        features : ndarray
            Shape (n_signatures, d), float32; compare them by cosine.
        stress : ndarray
            Shape (n_signatures,), float32: coordinate on the stress direction, which is not in the features. Without
            an effect it has mean 0 and about unit variance; higher is more stress. NaN where none was removed.

        Raises
        ------
        InputError
            The signatures have other genes than the model, or hold infinity.
        """
        rows = np.atleast_2d(np.asarray(z))
        if rows.ndim != MATRIX or rows.shape[1] != self.n_genes:
            raise InputError(f"z has shape {np.shape(z)}; expected (n_signatures, {self.n_genes})")
        chosen = np.array(rows[:, self.genes], dtype=np.float32)
        np.nan_to_num(chosen, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)
        if not np.isfinite(chosen).all():
            raise InputError("z holds infinity; expected a number, or NaN for a gene that was not measured")
        np.clip(chosen, -CLIP, CLIP, out=chosen)
        shrink_directions(chosen, self.sphering, self.gain)
        if not len(self.stress):
            return chosen * self.weights, np.full(len(chosen), np.nan, dtype=np.float32)
        coordinate = chosen @ self.stress.T
        chosen -= coordinate @ self.stress
        return chosen * self.weights, np.asarray(coordinate[:, 0])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give the arrays to store beside ``settings``; :meth:`from_arrays` takes both back."""
        return {
            "genes": self.genes,
            "reliability": self.reliability,
            "sphering": self.sphering,
            "gain": self.gain,
            "stress": self.stress,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> FeatureModel:
        """Rebuild a stored model.

        Parameters
        ----------
        arrays
            What :meth:`arrays` gave.
        settings
            The model's settings.

        Returns
        -------
        FeatureModel
            Transforms as the stored one did, bit for bit.

        Raises
        ------
        InputError
            The settings were written by another version of this format.
        """
        if settings.get("format") != FORMAT:
            raise InputError(f"Features of format {settings.get('format')}; expected {FORMAT}; build them again")
        return cls(
            n_genes=int(settings["n_genes"]),
            genes=np.asarray(arrays["genes"], dtype=np.int64),
            reliability=np.asarray(arrays["reliability"], dtype=np.float32),
            sphering=np.asarray(arrays["sphering"], dtype=np.float32),
            gain=np.asarray(arrays["gain"], dtype=np.float32),
            stress=np.asarray(arrays["stress"], dtype=np.float32),
            settings=dict(settings),
            notes=tuple(settings["notes"]),
        )


def fit_features(
    z: ArrayLike,
    *,
    active: ArrayLike,
    among: ArrayLike | None = None,
    null_z: ArrayLike | None = None,
    rna_output: ArrayLike | None = None,
    mt_share: ArrayLike | None = None,
    sphering: bool = True,
    remove_stress: bool = True,
    weigh_genes: bool = True,
    max_genes: int = MAX_GENES,
    n_directions: int = 50,
) -> FeatureModel:
    """Learn the features of a dataset.

    Parameters
    ----------
    z
        Signatures, shape (n_signatures, n_genes), finite, unit variance where a treatment does nothing.
    active
        Mask of the signatures that do something, shape (n_signatures,).
    among
        Mask of the signatures to learn from, shape (n_signatures,); default all.
    null_z
        Noise of wells in the same units, shape (n_null, n_genes): differences of replicates, vehicle wells about their
        mean (:func:`vcpi.signature.nulls.replicate_differences`). None: no sphering, and the noise variance is taken
        as 1.
    rna_output, mt_share
        log2 RNA output and log2 mitochondrial share of each signature's wells against the plate's vehicle wells, shape
        (n_signatures,); NaN where unknown. They tell stress from mechanism.
    sphering
        Shrink the technical directions.
    remove_stress
        Take the generic-stress direction out.
    weigh_genes
        Weigh genes by the root of their reliability; without, chosen genes count alike.
    max_genes
        Keep that many genes, the most reliable ones.
    n_directions
        Most technical directions to look at.

    Returns
    -------
    FeatureModel
        The same for the same input.

    Raises
    ------
    InputError
        Shapes disagree, a value is not finite, or there is no signature.
    """
    rows = np.asarray(z)
    mask = np.asarray(active, dtype=bool)
    every = np.ones_like(mask) if among is None else np.asarray(among, dtype=bool)
    _check(rows, mask, null_z, max_genes)
    mask = mask & every
    notes: list[str] = []
    few = int(mask.sum()) < MIN_ACTIVE
    if few:
        notes.append(
            f"{int(mask.sum())} active signatures (gene weights and stress need {MIN_ACTIVE}); genes count alike"
        )
    noise = None if null_z is None else np.asarray(null_z)
    variance = np.ones(rows.shape[1]) if noise is None else _mean_square(noise)
    telling = np.flatnonzero(every if few else mask)
    genes = _choose(rows, telling, variance, max_genes)
    # gene after gene in memory: half a gigabyte less than rows[mask][:, genes], and sums in the same order
    chosen = np.clip(np.asarray(rows.T[np.ix_(genes, np.flatnonzero(mask))].T, dtype=np.float32), -CLIP, CLIP)
    basis, gain = np.zeros((0, len(genes)), dtype=np.float32), np.zeros(0, dtype=np.float32)
    if sphering and noise is not None:
        basis, gain = noise_directions(noise[:, genes], n_directions=n_directions)
    elif sphering:
        notes.append("no noise profiles were given; technical directions stay")
    shrink_directions(chosen, basis, gain)
    stress = np.zeros((0, len(genes)), dtype=np.float32)
    how = "off"
    if remove_stress and not few:
        markers = {"rna_output": (rna_output, -1.0), "mt_share": (mt_share, 1.0)}
        given = [
            sign * np.asarray(values, dtype=np.float64)[mask] for values, sign in markers.values() if values is not None
        ]
        direction, how = stress_direction(chosen, given)
        stress = direction.astype(np.float32)
        chosen -= (chosen @ stress.T) @ stress
    if how.startswith("none"):
        notes.append(f"no stress direction taken out: {how.removeprefix('none: ')}")
    weigh = weigh_genes and not few
    reliability = np.ones(len(genes))
    if weigh:
        reliability = _reliability(_mean_square(chosen), variance[genes], n=len(chosen))
    settings = {
        "format": FORMAT,
        "n_genes": rows.shape[1],
        "n_chosen": len(genes),
        "n_signatures": int(every.sum()),
        "n_active": int(mask.sum()),
        "n_null": 0 if noise is None else len(noise),
        "n_sphered": len(gain),
        "sphering": sphering,
        "stress": how,
        "gene_weights": "root of reliability" if weigh else "equal",
        "notes": list(notes),
    }
    return FeatureModel(
        n_genes=rows.shape[1],
        genes=genes,
        reliability=reliability.astype(np.float32),
        sphering=basis,
        gain=gain,
        stress=stress,
        settings=settings,
        notes=tuple(notes),
    )


def gene_reliability(z: ArrayLike, *, noise: ArrayLike | float = 1.0) -> NDArray[np.float64]:
    """Share of each gene's variance over signatures that does not come from noise: 1 - noise / total.

    Parameters
    ----------
    z
        Shape (n_signatures, n_genes).
    noise
        Expected mean square of z without an effect, a number or of shape (n_genes,).

    Returns
    -------
    ndarray
        Shape (n_genes,), in [0, 1].

    Examples
    --------
    >>> gene_reliability([[2.0, 1.0], [-2.0, -1.0]]).tolist()
    [0.75, 0.0]
    """
    total = _mean_square(np.asarray(z))
    expected = np.broadcast_to(np.asarray(noise, dtype=np.float64), total.shape)
    return np.asarray(np.clip(1.0 - expected / np.maximum(total, 1e-12), 0.0, 1.0))


def shrink_directions(rows: NDArray[np.float32], basis: NDArray[np.float32], gain: NDArray[np.float32]) -> None:
    """Scale the coordinates of rows along orthonormal directions, in place."""
    if len(basis):
        rows -= ((rows @ basis.T) * (1.0 - gain)) @ basis


def _check(rows: NDArray[Any], mask: NDArray[np.bool_], null_z: ArrayLike | None, max_genes: int) -> None:
    """Refuse shapes that disagree."""
    if rows.ndim != MATRIX or not rows.size or mask.shape != (len(rows),):
        raise InputError(f"z has shape {rows.shape} and active {mask.shape}; expected (n, g) and (n,)")
    if null_z is not None and (np.ndim(null_z) != MATRIX or np.shape(null_z)[1] != rows.shape[1]):
        raise InputError(f"null_z has shape {np.shape(null_z)}; expected (n_null, {rows.shape[1]})")
    if max_genes < 1:
        raise InputError(f"max_genes is {max_genes}; expected 1 or more")
    if not all(np.isfinite(rows[start : start + BLOCK_ROWS]).all() for start in range(0, len(rows), BLOCK_ROWS)):
        raise InputError("z holds NaN or infinity; expected a number for every gene")


def _choose(
    rows: NDArray[Any], telling: NDArray[np.int64], variance: NDArray[np.float64], max_genes: int
) -> NDArray[np.int64]:
    """Positions of the genes that are most reliable in some rows, in order; ties to the earlier gene."""
    if rows.shape[1] <= max_genes:
        return np.arange(rows.shape[1])
    reliability = _reliability(_mean_square(rows, telling), variance, n=len(telling))
    return np.sort(np.argsort(-reliability, kind="stable")[:max_genes])


def _reliability(total: NDArray[np.float64], variance: NDArray[np.float64], *, n: int) -> NDArray[np.float64]:
    """Reliability less one standard error of it, with a floor so that no gene is dropped for good.

    A gene of pure noise looks reliable where the n signatures happen to vary; without the deduction each of them would
    find its own chance in the weights.
    """
    share = variance / np.maximum(total, 1e-12)
    return np.asarray(np.clip(1.0 - share * (1.0 + np.sqrt(2.0 / max(n, 1))), MIN_RELIABILITY, 1.0))


def _mean_square(rows: NDArray[Any], places: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Mean square of each column over some rows, all by default, block by block, large values clipped."""
    total = np.zeros(rows.shape[1])
    n = len(rows) if places is None else len(places)
    for start in range(0, n, BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS) if places is None else places[start : start + BLOCK_ROWS]
        block = np.clip(np.asarray(rows[part], dtype=np.float64), -CLIP, CLIP)
        total += np.einsum("ij,ij->j", block, block)
    return total / max(n, 1)
