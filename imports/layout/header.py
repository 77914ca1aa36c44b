"""What is known of one heading: its words by column, and the rows of sizes of a matrix."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from imports import vocabulary
from imports.vocabulary import Meaning

Lookup = Callable[[str], Meaning | None]
"""The meaning of a heading's text in a vocabulary."""


@dataclass(frozen=True, slots=True)
class SizeColumns:
    """One row of sizes in a matrix heading: which size each column stands for, and for which size group."""

    group: str | None
    labels: dict[int, str]


@dataclass(slots=True)
class Header:
    """The heading of one table. Indexes are into `sheet.rows`; columns are 0-based.

    `meanings` is what each column's heading says, `texts` what is written there; `sizes` is empty for a flat
    table. `group_column` tells which row of sizes a line uses.
    """

    first: int
    last: int
    left: int
    right: int
    texts: dict[int, str] = field(default_factory=dict)
    meanings: dict[int, Meaning] = field(default_factory=dict)
    sizes: list[SizeColumns] = field(default_factory=list)
    group_column: int | None = None

    @property
    def fingerprint(self) -> str:
        """The same for every sheet with the same headings in the same order."""
        parts = [f"{column - self.left}={vocabulary.fold_heading(text)}" for column, text in sorted(self.texts.items())]
        parts += [f"{column - self.left}:{label}" for row in self.sizes for column, label in sorted(row.labels.items())]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]

    @property
    def family(self) -> str:
        """The same for every block with the same headings in the same order, whatever sizes stand beside them."""
        texts = [vocabulary.fold_heading(text) for _, text in sorted(self.texts.items())]
        return "\x1f".join([*texts, "sizes" if self.sizes else ""])

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings and sizes as written, in the order of their columns."""
        sizes = {column: label for row in self.sizes for column, label in row.labels.items()}
        return tuple(text for _, text in sorted((sizes | self.texts).items()))

    def same_as(self, other: Header) -> bool:
        """Whether a heading is the other one again, as on each page of a print-out."""
        return (
            self._folded_texts() == other._folded_texts()
            and [row.labels for row in self.sizes] == [row.labels for row in other.sizes]
        )  # fmt: skip

    def _folded_texts(self) -> dict[int, str]:
        return {column: vocabulary.fold_heading(text) for column, text in self.texts.items()}

    def fields(self) -> set[str]:
        return {meaning.field for meaning in self.meanings.values()}
