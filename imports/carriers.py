"""Carriers: the names and codes that sheets use for them, and the carrier that a tracking number looks like.

The built-in table is `data/carriers.json`; a service may pass its own. A carrier is found by its whole name, an alias or a code, never by
the beginning of a name: 中通快运 is another company than 中通快递.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).with_name("data") / "carriers.json"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier. `kuaidi100_code` and `kdniao_code` are its codes at the two tracking services; "" where it has none.

    `number_patterns` are regular expressions that a whole tracking number of this carrier matches. They only suggest, because carriers add
    formats.
    """

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    kuaidi100_code: str = ""
    kdniao_code: str = ""
    number_patterns: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that a sheet may call this carrier."""
        words = (self.name, self.code, self.kuaidi100_code, self.kdniao_code, *self.aliases)
        return tuple(word for word in words if word)


class CarrierTable:
    """Finds carriers by name, and suggests them by tracking number. Raises ValueError where two carriers have the same word."""

    __slots__ = ("_by_word", "_own_patterns", "carriers")

    def __init__(self, carriers: Iterable[Carrier]) -> None:
        self.carriers = tuple(carriers)
        self._by_word: dict[str, Carrier] = {}
        for carrier in self.carriers:
            for word in carrier.words:
                other = self._by_word.setdefault(fold_name(word), carrier)
                if other is not carrier:
                    raise ValueError(f"{word} names both {other.name} and {carrier.name}")
        self._own_patterns = {
            carrier.code: [re.compile(pattern, re.IGNORECASE) for pattern in carrier.number_patterns]
            for carrier in self.carriers
        }

    def find(self, text: str) -> Carrier | None:
        """The carrier that has this name, alias or code; case, width and blanks do not count."""
        return self._by_word.get(fold_name(text))

    def matches(self, carrier: Carrier, tracking_no: str) -> bool:
        """Whether a number has a format of this carrier."""
        return any(pattern.fullmatch(tracking_no) for pattern in self._own_patterns[carrier.code])

    def suggest(self, tracking_no: str) -> Carrier | None:
        """The only carrier whose numbers look like this one; None where none or several do."""
        found = [carrier for carrier in self.carriers if self.matches(carrier, tracking_no)]
        return found[0] if len(found) == 1 else None


def fold_name(text: str) -> str:
    """A carrier's name for comparison: NFKC, lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


@cache
def built_in_table() -> CarrierTable:
    """The carriers of `data/carriers.json`."""
    entries = json.loads(_DATA.read_text("utf-8"))
    return CarrierTable(
        Carrier(**entry | {name: tuple(entry[name]) for name in ("aliases", "number_patterns")}) for entry in entries
    )
