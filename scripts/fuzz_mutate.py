"""Changes that make valid input invalid, or odd: of bytes, of cells and of lines. Used by fuzz.py."""

# ruff: noqa: PLR2004  shares of chance are numbers
from __future__ import annotations

import gzip
import random

NASTY = (
    "", " ", "NA", "nan", "NaN", "inf", "-inf", "1e308", "-1e308", "1e309", "-0", "0", "1_000", "1,5", "0x10", "٣", "½",
    "9" * 400, "1e-400", "TRUE", "=1+1", "=cmd|'/c calc'!A0", "+1", "@SUM(A1)", "-1+2", "'", '"', '""', "'; DROP TABLE compound; --",
    "../../../etc/passwd", "/dev/zero", "C:\\con", "\u202egnp.exe", "\u200b", "\ufeff", "a\u0301", "ﬀ", "ß", "İ",
    "\x1b[31m", "\x07", "\x85", "\u2028", "😀", "x" * 5_000, "%s%n{0}", "${jndi}", "<script>alert(1)</script>", "null",
    "C" * 500, "C1CC", "[Pt]", "*", "$$$$", "M  END", "> <name>", "#1.3", "---", "&a *a", "!!python/object:os.system x",
    "2026-02-30", "1-Mar", "ENSG00000000001.9", "ERCC-00002", "\t", ";", ",", "|", "CCO |c:1|",
)  # fmt: skip
_BYTES = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xfe\xff",
    b"\xff\xff\xff\xff",
    b"\r",
    b"\n",
    b"\t",
    b'"',
    b",",
    b"{",
    b"[",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
)


def mutate_bytes(rng: random.Random, data: bytes) -> bytes:
    """Change one to a few places of a file."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        size = len(out)
        place = rng.randrange(size + 1)
        end = min(size, place + rng.choice((1, 2, 8, 64, 512)))
        what = rng.randrange(7)
        if what == 0 and place < size:
            out[place] ^= 1 << rng.randrange(8)
        elif what == 1:
            del out[place:end]
        elif what == 2:
            out[place:place] = rng.choice(_BYTES)
        elif what == 3:
            out[place:place] = out[place:end] * rng.choice((1, 2, 40))
        elif what == 4:
            del out[place:]
        elif what == 5:
            out[place:end] = rng.randbytes(end - place)
        elif place + 4 <= size:
            out[place : place + 4] = rng.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)).to_bytes(
                4, rng.choice(("little", "big"))
            )
    return bytes(out)


def flip(rng: random.Random, data: bytes) -> bytes:
    """Change one byte."""
    out = bytearray(data)
    if out:
        out[rng.randrange(len(out))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(out)


def mutate_cells(rng: random.Random, rows: list[list[str]]) -> list[list[str]]:
    """Change cells, rows and columns of a table."""
    rows = [list(row) for row in rows]
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        if not rows:
            break
        at = rng.randrange(len(rows))
        row = rows[at]
        what = rng.randrange(9)
        if what <= 3 and row:
            row[rng.randrange(len(row))] = rng.choice(NASTY)
        elif what == 4:
            rows.insert(rng.randrange(len(rows) + 1), list(row))
        elif what == 5:
            del rows[at]
        elif what == 6 and row:
            del row[rng.randrange(len(row))]
        elif what == 7:
            row.insert(rng.randrange(len(row) + 1), rng.choice(NASTY))
        else:
            place = rng.randrange(max(map(len, rows)) or 1)
            for other in rows:
                if place < len(other):
                    other[place] = rng.choice(NASTY) if rng.random() < 0.5 else other[place] * 2
    return rows


def write_rows(rng: random.Random, rows: list[list[str]], *, mark: str) -> bytes:
    """Write a table as text, quoting as some programs do and others do not."""
    quoting = rng.choice(("always", "needed", "needed", "never"))
    end = rng.choice(("\n", "\n", "\r\n", "\r"))

    def cell(text: str) -> str:
        if quoting == "always" or (quoting == "needed" and any(letter in text for letter in f'{mark}"\r\n')):
            return '"' + text.replace('"', '""') + '"'
        return text

    return end.join(mark.join(map(cell, row)) for row in rows).encode() + (end.encode() if rng.random() < 0.9 else b"")


def damaged(rng: random.Random, data: bytes, *, share: float = 0.5) -> tuple[bytes, str]:
    """Damage the bytes of a share of the files, and pack some; returns also what the name ends in."""
    if rng.random() < share:
        data = mutate_bytes(rng, data)
    if rng.random() < 0.1:
        packed = gzip.compress(data, mtime=0)
        return (mutate_bytes(rng, packed) if rng.random() < 0.3 else packed), ".gz"
    return data, ""


def mutate_text(rng: random.Random, text: str) -> str:
    """Change a short text as a person or a program that means ill would."""
    out = text
    for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 5))):
        place = rng.randrange(len(out) + 1)
        end = min(len(out), place + rng.choice((1, 1, 2, 6, 20)))
        what = rng.choice((0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5, 6))
        if what == 0:
            out = out[:place] + out[end:]
        elif what == 1:
            out = out[:place] + rng.choice(NASTY) + out[place:]
        elif what == 2:
            out = out[:place] + out[place:end] * rng.choice((2, 3, 50)) + out[end:]
        elif what == 3:
            out = (
                out[:place]
                + chr(rng.choice((rng.randrange(32), rng.randrange(128), rng.randrange(0xD800))))
                + out[end:]
            )
        elif what == 4:
            out = out[::-1] if rng.random() < 0.2 else out[:place]
        elif what == 5:
            out = out[:place] + rng.choice("()[]{}=#$.:@/\\+-0123456789%<>!&,;~*|CNOclnrR") + out[place:]
        else:
            other = rng.randrange(len(out) + 1)
            out = out[:place] + out[other : other + 10] + out[place:]
    return out[:300_000]
