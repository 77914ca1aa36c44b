"""The headings that one kind of record sheet knows: whole words by field and precedence, and patterns for headings that hold one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from imports import vocabulary
from imports.vocabulary import Meaning

_LONGEST: Final = 60
_PIECES: Final = re.compile(r"[\n\r/\\|、,，+&\s]+")
PATTERN_PRECEDENCE: Final = 5
"""Of a heading that is only known by a pattern: any whole word is plainer."""


class HeadingWords:
    """The meaning of a heading. Earlier tiers of a field's words are plainer and win over later ones (IMPORT-4).

    `patterns` are searched in headings of at most 16 characters that are no known word and in which `never` is not found. A heading
    of several known words means their field, or the field of `combined` for their fields together.
    """

    def __init__(
        self,
        words: Mapping[str, Sequence[str]],
        *,
        patterns: Sequence[tuple[str, str]] = (),
        never: str = r"(?!)",
        combined: Mapping[frozenset[str], str] | None = None,
    ) -> None:
        self.plain = frozenset(word for tiers in words.values() for tier in tiers for word in tier.split())
        """Words as people write them, one of which makes a line a possible heading."""
        self._exact: dict[str, tuple[str, int]] = {}
        for name, tiers in words.items():
            for precedence, tier in enumerate(tiers):
                for word in tier.split():
                    self._exact.setdefault(vocabulary.fold_heading(word), (name, precedence))
        self._patterns = [(re.compile(pattern), name) for pattern, name in patterns]
        self._never = re.compile(never)
        self._combined = dict(combined or {})
        self._known: dict[str, Meaning | None] = {}

    def __call__(self, heading: str) -> Meaning | None:
        if len(heading) > _LONGEST:
            return None
        if heading not in self._known:
            self._known[heading] = self._meaning(heading)
        return self._known[heading]

    def _meaning(self, heading: str) -> Meaning | None:
        folded, bare = vocabulary.bare_forms(heading)
        for text in (folded, bare):
            if text in self._exact:
                name, precedence = self._exact[text]
                return Meaning(name, precedence, True)
        pieces = [piece for piece in _PIECES.split(unicodedata.normalize("NFKC", heading)) if piece]
        found = self._of_pieces(pieces) if len(pieces) > 1 else None
        return found or self._by_pattern(bare)

    def _of_pieces(self, pieces: list[str]) -> Meaning | None:
        """收货人/提货人 and 发货单号 Consignment mean one field; 颜色/尺码 means both together."""
        known = [self._exact[bare] for piece in pieces if (bare := vocabulary.bare_forms(piece)[1]) in self._exact]
        names = frozenset(name for name, _ in known)
        if len(names) == 1:
            return Meaning(known[0][0], min(precedence for _, precedence in known), True)
        together = self._combined.get(names)
        return None if together is None else Meaning(together, 0, True)

    def _by_pattern(self, bare: str) -> Meaning | None:
        if not 2 <= len(bare) <= 16 and not (bare.isascii() and len(bare) <= 24):
            return None
        if self._never.search(bare):
            return None
        for pattern, name in self._patterns:
            if pattern.search(bare):
                return Meaning(name, PATTERN_PRECEDENCE, False)
        return None
