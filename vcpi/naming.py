"""Compound names as people write them, made comparable."""

from __future__ import annotations

import re
import unicodedata

_GREEK = "GREEK SMALL LETTER "
_INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_SKELETON = re.compile(r"[A-Z]{14}")


def name_key(name: str) -> str:
    """Fold case, punctuation, blanks and Greek letters, so that spellings of one name agree.

    A sign that tells isomers apart stays: ``(+)-`` and ``(-)-`` at the head of a name give different keys.

    Returns
    -------
    str
        Letters and digits only, or the stripped text itself where nothing else would be left.

    Examples
    --------
    >>> name_key("Brefeldin-A"), name_key("brefeldin a"), name_key("RAD-001")
    ('brefeldina', 'brefeldina', 'rad001')
    >>> name_key("(+)-JQ1") == name_key("(-)-JQ1")
    False
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    sign = ""
    if match := re.match(r"\s*\(?\s*([+-])\s*\)\s*-?", text):
        sign = "plus" if match.group(1) == "+" else "minus"
    text = "".join(_spelled(letter) for letter in text)
    key = sign + "".join(letter for letter in text if letter.isalnum())
    return key or name.strip()


def _spelled(letter: str) -> str:
    """Write a Greek letter as its name."""
    name = unicodedata.name(letter, "")
    return name.rsplit(" ", maxsplit=1)[-1].lower() if name.startswith(_GREEK) else letter


def is_inchikey(text: str) -> bool:
    """Say whether a text has the form of a standard InChIKey.

    Examples
    --------
    >>> is_inchikey("QFJCIRLUMZQUOT-HPLJOQBZSA-N"), is_inchikey("sirolimus")
    (True, False)
    """
    return _INCHIKEY.fullmatch(text.strip()) is not None


def is_skeleton(text: str) -> bool:
    """Say whether a text has the form of the first block of an InChIKey.

    Examples
    --------
    >>> is_skeleton("QFJCIRLUMZQUOT"), is_skeleton("QFJCIRLUMZQUOT-HPLJOQBZSA-N")
    (True, False)
    """
    return _SKELETON.fullmatch(text.strip()) is not None
