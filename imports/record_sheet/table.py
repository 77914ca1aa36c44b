"""One table of records: its lines and the columns of each field."""

from __future__ import annotations

from dataclasses import dataclass, field

from imports.layout.table import Table


@dataclass(slots=True)
class RecordTable(Table):
    """A table of records. `sources` lists for a field all columns of which each line fills at most one; `constants` are answers
    that hold for all lines; `several` are columns that each count, such as two states of an order.
    """

    sources: dict[str, list[int]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    several: dict[str, list[int]] = field(default_factory=dict)
