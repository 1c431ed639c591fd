"""What the Python calls take, looked at in one place: another type or value gets one line that says what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isnan
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import InputError
from vcpi.gene_lists import refuse_too_many

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LARGEST = 1e30
"""No fold change, z or statistic is larger, and the squares of what is larger leave the range of numbers."""
_SHOWN = 60


def described(value: object) -> str:
    """Show a value and its type in a message.

    Examples
    --------
    >>> described(1.5), described(None), described([1])
    ('1.5 (float)', 'None', '[1] (list)')
    """
    if value is None:
        return "None"
    text = " ".join(repr(value).split())
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"{text.encode('utf-8', 'backslashreplace').decode()} ({type(value).__name__})"


def checked_count(value: object, name: str = "k", *, least: int = 1) -> int:
    """Return a whole number of 1 or more, or of ``least`` or more.

    Raises
    ------
    InputError
        It is none.

    Examples
    --------
    >>> checked_count(10)
    10
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise InputError(f"{name} is {described(value)}; expected a whole number, {least} or more")
    if value < least:
        raise InputError(f"{name} is {int(value)}; expected {least} or more")
    return int(value)


def checked_number(value: object, name: str) -> float | None:
    """Return a number, or None where it is left out.

    Raises
    ------
    InputError
        It is neither.
    """
    if value is None:
        return None
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real) or isnan(value):
        raise InputError(f"{name} is {described(value)}; expected a number")
    return float(value)


def checked_flag(value: object, name: str) -> bool:
    """Return True or False.

    Raises
    ------
    InputError
        It is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name} is {described(value)}; expected True or False")
    return bool(value)


def checked_text(value: object, name: str, *, example: str = "") -> str:
    """Return a text that can be looked up: no NUL, no half of a surrogate pair.

    Raises
    ------
    InputError
        It is no text, or holds such a letter.

    Examples
    --------
    >>> checked_text("everolimus", "The name of a compound")
    'everolimus'
    """
    if not isinstance(value, str):
        raise InputError(f"{name} is {described(value)}; expected text{f', as {example!r}' if example else ''}")
    odd = next((letter for letter in value if letter == "\0" or "\ud800" <= letter <= "\udfff"), "")
    if odd:
        what = "a NUL character" if odd == "\0" else f"{odd!r}, half of a letter"
        shown = value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
        raise InputError(f"{name} is '{' '.join(shown.split())[:_SHOWN]}' and holds {what}; write it anew")
    return value


def checked_names(value: object, name: str) -> list[str]:
    """Return texts as a list; one text is a list of one.

    Raises
    ------
    InputError
        It is no text and no list of texts.

    Examples
    --------
    >>> checked_names("sirolimus", "without"), checked_names(("a", "b"), "without")
    (['sirolimus'], ['a', 'b'])
    """
    if isinstance(value, str):
        return [checked_text(value, name)]
    if isinstance(value, bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        raise InputError(f"{name} is {described(value)}; expected text or a list of texts")
    try:
        found = list(value)
    except TypeError as error:  # an array of no dimension says that it can be gone through
        raise InputError(f"{name} is {described(value)}; expected text or a list of texts") from error
    return [checked_text(one, f"Item {place} of {name}") for place, one in enumerate(found, start=1)]


def checked_genes(value: object, name: str) -> list[str]:
    """Return gene ids as a list of texts; whole numbers are Entrez ids, one text is one gene.

    Raises
    ------
    InputError
        It holds something else, or more ids than a genome has genes and transcripts.

    Examples
    --------
    >>> checked_genes("TP53", "up"), checked_genes(np.array([7157, 4609]), "down")
    (['TP53'], ['7157', '4609'])
    """
    if value is None:
        return []
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape) != 1:
        raise InputError(f"{name} has the shape {shape}; expected one list of genes")
    if isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        return checked_names(value, name)
    texts = [str(one) if isinstance(one, Integral) and not isinstance(one, bool) else one for one in value]
    refuse_too_many(len(texts), name)
    found = checked_names(texts, name)
    return sorted(found) if isinstance(value, set | frozenset) else found


def checked_gene_sets(value: object) -> dict[str, list[str]]:
    """Return gene sets as name → ids.

    Raises
    ------
    InputError
        They are none.

    Examples
    --------
    >>> checked_gene_sets({"p53": ["TP53", "MDM2"]})
    {'p53': ['TP53', 'MDM2']}
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(f"gene_sets is {described(value)}; expected a dict: name of a set → its genes")
    return {
        checked_text(name, "The name of a gene set"): checked_genes(genes, f"Gene set {str(name)[:_SHOWN]!r}")
        for name, genes in value.items()
    }


def checked_signature(value: object) -> tuple[list[str], NDArray[np.float64]]:
    """Return a signature as gene ids and values.

    Parameters
    ----------
    value
        A pandas Series or a dict: gene → number.

    Returns
    -------
    ids
        The ids as text.
    values
        Shape (n_genes,), finite, none beyond :data:`LARGEST`.

    Raises
    ------
    InputError
        It is something else, its index counts rows and names no genes, or a value is no such number.

    Examples
    --------
    >>> checked_signature({"TP53": 2, "MYC": -1.5})
    (['TP53', 'MYC'], array([ 2. , -1.5]))
    """
    import pandas as pd  # a question about a compound pays nothing for it

    if isinstance(value, Mapping):
        value = pd.Series(list(value.values()), index=pd.Index(list(value), dtype=object), dtype=object)
    if not isinstance(value, pd.Series):
        way = "; take one column of it, as frame['stat']" if isinstance(value, pd.DataFrame) else ""
        raise InputError(f"signature is a {type(value).__name__}; expected a pandas Series, gene → value{way}")
    refuse_too_many(len(value), "The signature")
    ids = _gene_index(value.index)
    values = _numbers(value, ids)
    finite = np.isfinite(values)
    if not finite.all():
        first = ids[int(np.flatnonzero(~finite)[0])]
        raise InputError(
            f"{int((~finite).sum())} values of the signature are not finite (first: {first}); take these genes out or "
            "give numbers"
        )
    if len(values) and np.abs(values).max() > LARGEST:
        place = int(np.abs(values).argmax())
        raise InputError(
            f"The signature has {values[place]:g} for gene {ids[place]}; expected values up to {LARGEST:g}, as fold "
            "changes and statistics are"
        )
    return ids, values


def _gene_index(index: pd.Index) -> list[str]:
    """Take the ids from an index; one that counts rows holds none."""
    if index.nlevels > 1:
        raise InputError(f"The signature has an index of {index.nlevels} levels; expected one of gene ids")
    counts = index.dtype.kind in "iuf" and len(index) > 1 and bool((np.asarray(index) == np.arange(len(index))).all())
    if counts or (len(index) and type(index).__name__ == "RangeIndex"):
        raise InputError(
            "The index of the signature counts its rows and names no genes; give it gene ids, as "
            "frame.set_index('gene')['value']"
        )
    if index.dtype.kind in "mMc":
        raise InputError(f"The index of the signature is of {index.dtype}; expected gene ids")
    n_missing = int(np.asarray(index.isna()).sum())
    if n_missing:
        raise InputError(f"{n_missing} of {len(index)} values of the signature have no gene id; take them out")
    return [checked_text(str(one), "A gene id of the signature") for one in index]


def _numbers(value: pd.Series, ids: list[str]) -> NDArray[np.float64]:
    """Read the values; NaN where one is missing."""
    from pandas.api import types

    if types.is_numeric_dtype(value.dtype) and not (
        types.is_bool_dtype(value.dtype) or types.is_complex_dtype(value.dtype)
    ):
        return np.asarray(value.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    if not (types.is_object_dtype(value.dtype) or types.is_string_dtype(value.dtype)):
        raise InputError(f"The signature holds values of {value.dtype}; expected numbers")
    found = np.full(len(value), np.nan)
    for place, one in enumerate(value.tolist()):
        if isinstance(one, Real | Decimal) and not isinstance(one, bool | np.bool_):
            found[place] = float(one)
        elif one is not None and str(one) != "<NA>":
            raise InputError(f"The signature has {described(one)} for gene {ids[place]}; expected a number")
    return found
