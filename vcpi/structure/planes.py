"""Fingerprints kept as bit planes: for each bit, which compounds have it.

A query of 53 bits reads 53 of 2,048 planes, 7 bytes of each compound's 256. Rows are in order of their number of bits,
in tiles of at most 523,776 rows; a tile holds its part of every plane side by side and then an empty plane. Rows are
counted in blocks of 512, one bit of a word for each row: carry-save adders sum the planes into a number written
vertically, in as many words as it has bits [1]_. A score to beat asks for a number of common bits, so that a query
that may miss ``m`` of its bits is done with a block as soon as ``m + 1`` of the rarest planes more than that are
missing in every row of it.

References
----------
.. [1] Muła, Kurz & Lemire, Comput. J. 2018, 61, 111, doi:10.1093/comjnl/bxx046
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import ArtifactError
from vcpi.kernels.tanimoto import BLOCK_ROWS, Search, transpose

N_BYTES = 256
N_BITS = 8 * N_BYTES
MOST_BLOCKS = 1_023  # odd: pieces of neighbouring planes, 1,023 cache lines apart, share no place in the cache
NO_ROW = 65_535  # in place of a number of bits, where the last tile has no more rows
_UNPACKED = 128  # planes unpacked at once; their sum fits a byte

Ids = NDArray[np.int64]
Counts = NDArray[np.uint16]
Scores = NDArray[np.float64]
Bits = NDArray[np.uint8]


def tile_type(n_rows: int) -> np.dtype[np.void]:
    """Describe a tile of ``n_rows`` rows; each field starts at a multiple of 64 bytes."""
    return np.dtype(
        [
            ("compound_id", "<i8", (n_rows,)),
            ("n_bits", "<u2", (n_rows,)),
            ("n_with", "<u4", (N_BITS,)),
            ("planes", "u1", (N_BITS + 1, n_rows // 8)),
        ]
    )


class Planes:
    """Bit planes of a library, in memory or in a file.

    Parameters
    ----------
    tiles
        Records of :func:`tile_type`, shape (n_tiles,).
    """

    def __init__(self, tiles: NDArray[np.void]) -> None:
        self.tiles = tiles
        counts = np.ascontiguousarray(tiles["n_bits"]).reshape(-1)
        n_rows = int(np.searchsorted(counts, NO_ROW))
        self.counts: Counts = counts[:n_rows]
        self.ids: Ids = np.ascontiguousarray(tiles["compound_id"]).reshape(-1)[:n_rows]

    @classmethod
    def of_rows(
        cls, ids: Ids, bits: Bits, counts: NDArray[np.int64], *, order: NDArray[np.int64] | None = None
    ) -> Planes:
        """Transpose rows that are in order of their number of bits, then of their id.

        Parameters
        ----------
        ids, bits, counts
            Compounds, their packed fingerprints of 256 bytes, and how many bits each has.
        order
            Which row of ``bits`` comes where, so that no second copy of all is made; None where they are in order.
        """
        n_blocks = -(-len(ids) // BLOCK_ROWS)
        n_tiles = -(-n_blocks // MOST_BLOCKS)
        tile_rows = BLOCK_ROWS * (-(-n_blocks // n_tiles) | 1) if n_tiles else BLOCK_ROWS
        n_tiles = -(-len(ids) // tile_rows)
        tiles = np.zeros(n_tiles, dtype=tile_type(tile_rows))
        tiles["n_bits"] = NO_ROW
        for start, tile in zip(range(0, len(ids), tile_rows), tiles, strict=True):
            rows = slice(start, start + tile_rows)
            n = len(ids[rows])
            tile["compound_id"][:n], tile["n_bits"][:n] = ids[rows], counts[rows]
            planes, here = tile["planes"], bits[rows] if order is None else bits[order[rows]]
            if not transpose(here, planes):
                unpacked = np.unpackbits(here, axis=1).T
                planes[:N_BITS, : -(-n // 8)] = np.packbits(unpacked, axis=1, bitorder="little")
            tile["n_with"] = np.bitwise_count(planes[:N_BITS].view(np.uint64)).sum(axis=1)
        return cls(tiles)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def compiled(self) -> Search:
        """The same planes as the C functions see them."""
        order = np.argsort(self.tiles["n_with"].sum(axis=0, dtype=np.int64), kind="stable").astype(np.int32)
        return Search(self.tiles["planes"], self.counts, self.ids, order)

    def common(self, query: Bits, low: int, high: int) -> NDArray[np.int64]:
        """Count, with NumPy, the bits that rows low to high have in common with a query."""
        bits = np.flatnonzero(np.unpackbits(query))
        common = np.zeros(max(0, high - low), dtype=np.int64)
        tile_rows = 8 * self.tiles["planes"].shape[2]
        for tile in range(low // tile_rows, -(-high // tile_rows)):
            first = tile * tile_rows
            start, stop = max(low, first), min(high, first + tile_rows)
            begin = (start - first) // 8
            for part in range(0, len(bits), _UNPACKED):
                packed = self.tiles["planes"][tile][bits[part : part + _UNPACKED], begin : -(-(stop - first) // 8)]
                sums = np.unpackbits(packed, axis=1, bitorder="little").sum(axis=0, dtype=np.uint8)
                skipped = start - first - 8 * begin
                common[start - low : stop - low] += sums[skipped : skipped + stop - start]
        return common

    def save(self, path: Path) -> None:
        """Write one ``.npy`` file of tiles; equal content gives equal bytes."""
        with Path(path).open("wb") as file:
            np.lib.format.write_array(file, self.tiles, version=(1, 0), allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> Planes:
        """Map a file that :meth:`save` wrote into memory.

        Raises
        ------
        ArtifactError
            The file is missing, cut short, or not such a file.
        """
        path = Path(path)
        advice = "expected a fingerprint index; rebuild it with 'vcpi build'"
        try:
            tiles = np.load(path, mmap_mode="r" if path.stat().st_size else None, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise ArtifactError(f"Cannot read {path.name}: {error!s:.120}; {advice}") from error
        if not isinstance(tiles, np.ndarray) or tiles.ndim != 1 or not _is_tile(tiles.dtype):
            raise ArtifactError(f"Cannot read {path.name}: it holds other data; {advice}")
        planes = cls(tiles)
        if not planes._in_order():
            raise ArtifactError(f"Cannot read {path.name}: its rows are out of order; {advice}")
        return planes

    def _in_order(self) -> bool:
        """Check that rows rise, that no id is there twice, and that rows and planes hold as many bits."""
        counts, tile_rows = self.counts.astype(np.int64), self.tiles.dtype["n_bits"].shape[0]
        if len(self.tiles) != -(-len(self) // tile_rows) or counts.sum() != self.tiles["n_with"].sum(dtype=np.int64):
            return False
        steps = np.diff(counts)
        rises = (steps > 0) | ((steps == 0) & (np.diff(self.ids) > 0))
        return bool(rises.all() and (np.diff(np.sort(self.ids)) > 0).all())


def _is_tile(dtype: np.dtype[np.void]) -> bool:
    """Say whether an array's type is one of tiles."""
    first = dtype[0] if dtype.names else dtype
    n_rows = first.shape[0] if first.shape else 0
    return n_rows > 0 and n_rows % BLOCK_ROWS == 0 and dtype == tile_type(n_rows)
