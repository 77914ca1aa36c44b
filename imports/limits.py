"""The limits that a file must keep, each with its own reason code."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading. Sizes are bytes unless the name says otherwise.

    Each bound refuses with a code of its own: `file_bytes` too_large, `inflated_bytes` and `inflation`
    zip_bomb, `parts` too_many_parts, `lines` and `cells` too_many_rows, `merges` too_many_merges, `text`
    (characters of one cell) text_too_long, `memory_bytes` memory_limit, `seconds` time_limit. The last two apply only in the
    child process, which is ended at most 2 s later.

    Pictures above `picture_bytes`, or above `pictures_bytes` together, are left out with a warning.

    `processes` is the number of processes that may read one large sheet. More than one needs a caller with a single thread.
    """

    file_bytes: int = 64 * MEGABYTE
    inflated_bytes: int = 900 * MEGABYTE
    inflation: int = 250
    inflation_floor_bytes: int = 40 * MEGABYTE
    parts: int = 5_000
    lines: int = 600_000
    cells: int = 30_000_000
    picture_bytes: int = 20 * MEGABYTE
    pictures_bytes: int = 100 * MEGABYTE
    faults: int = 200_000
    merges: int = 500_000
    text: int = 1_000_000
    memory_bytes: int = 1536 * MEGABYTE
    seconds: float = 15.0
    processes: int = 1


DEFAULT = Limits()
