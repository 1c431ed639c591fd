"""Queries made of signatures: what is left of one without some directions, and what several have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

MATRIX = 2
SAME = 1e-6  # stored signatures are float32: a part this much smaller than the whole is rounding


def without(vector: ArrayLike, directions: ArrayLike) -> NDArray[np.float64]:
    r"""Take out of a signature all that lies along some directions.

    With the rows of :math:`B` an orthonormal basis of the directions, :math:`v - B^T B v`: what least squares leaves.

    Parameters
    ----------
    vector
        Shape (n_genes,), or several signatures of shape (n, n_genes); finite.
    directions
        Shape (n_genes,) or (k, n_genes), finite, of any length; they may depend on one another. None of them, k = 0,
        takes nothing out; neither does a direction that is all zero.

    Returns
    -------
    ndarray
        Shaped as ``vector``, float64, orthogonal to every direction. All zero where no more than a millionth of the
        signature's norm is left, which is rounding and would be searched with as if it were an effect.

    Raises
    ------
    InputError
        The genes disagree, or a value isn't finite.

    Examples
    --------
    >>> without([3.0, 4.0, 5.0], [[0.0, 2.0, 0.0]]).tolist()
    [3.0, 0.0, 5.0]
    >>> without([3.0, 0.0], [1.0, 0.0]).tolist()
    [0.0, 0.0]
    """
    given = np.asarray(vector, dtype=np.float64)
    rows = np.atleast_2d(given)
    along = np.atleast_2d(np.asarray(directions, dtype=np.float64))
    if along.size == 0:
        along = np.zeros((0, rows.shape[1]))
    if given.ndim not in {1, MATRIX} or along.ndim != MATRIX or along.shape[1] != rows.shape[1]:
        message = f"Signature has shape {given.shape}, directions {along.shape}; expected the same genes in both"
        raise InputError(message)
    if not np.isfinite(rows).all() or not np.isfinite(along).all():
        raise InputError("Signature or directions hold NaN or infinity; expected a number for every gene")
    basis = _basis(along)
    left = rows - (rows @ basis.T) @ basis
    left = left - (left @ basis.T) @ basis  # once more, against the rounding of the first time
    whole = np.linalg.norm(rows, axis=1, keepdims=True)
    left = np.where(np.linalg.norm(left, axis=1, keepdims=True) > SAME * whole, left, 0.0)
    return left.reshape(given.shape) if len(basis) else np.array(given)


def centroid(signatures: ArrayLike, *, weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Give the direction that several signatures have in common.

    It is the plain mean of the unit vectors, so that a strong signature says no more than a weak one; with ``weights``
    (strengths, say) the weighted mean. Its length is the mean length of the signatures times how well they agree.

    Parameters
    ----------
    signatures
        Shape (n, n_genes), n of 1 or more, finite. Signatures that are all zero have no direction and say nothing.
    weights
        Shape (n,), 0 or more; equal where None.

    Returns
    -------
    ndarray
        Shape (n_genes,), float64. The centroid of one signature is that signature, to the last bit.

    Raises
    ------
    InputError
        There is no signature, none with a direction and a weight, or a value isn't finite or a weight negative.

    Examples
    --------
    >>> centroid([[3.0, 0.0], [0.0, 1.0]]).tolist()
    [1.0, 1.0]
    """
    rows = np.asarray(signatures, dtype=np.float64)
    if rows.ndim != MATRIX or not len(rows) or not np.isfinite(rows).all():
        message = f"Signatures of shape {rows.shape}, empty or not finite; expected (n, n_genes) of numbers"
        raise InputError(message)
    shares = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(rows),) or not np.isfinite(shares).all() or (shares < 0).any():
        message = f"Weights {shares.tolist()[:5]} for {len(rows)} signatures; expected one each, 0 or more"
        raise InputError(message)
    norms = np.linalg.norm(rows, axis=1)
    used = (norms > 0) & (shares > 0)
    if not used.any():
        raise InputError("No signature has both a direction and a weight; take others, or give other weights")
    if len(rows) == 1:
        return np.array(rows[0])
    shares, norms = shares[used], norms[used]
    common = (shares / norms) @ rows[used] / shares.sum()
    return np.asarray(common * float(shares @ norms) / shares.sum())


def _basis(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal rows that span the directions, each of which counts alike whatever its length."""
    norms = np.linalg.norm(directions, axis=1)
    unit = directions[norms > 0] / norms[norms > 0, np.newaxis]
    if not len(unit):
        return np.asarray(unit)
    _, sizes, right = np.linalg.svd(unit, full_matrices=False)
    return np.asarray(right[sizes > SAME * sizes[0]])
