"""What the clients of a campaign were told. An answer that was accepted stands here before anybody looks at the database."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Grab:
    """A grab under one key. `order_id` once it was accepted, `refused` with the code once it was refused for good."""

    buyer: int
    key: str
    item_id: int
    units: int
    order_id: int = 0
    total: str = ""
    refused: str = ""
    paid: bool = False
    payment_refused: str = ""
    is_to_be_paid: bool = False


@dataclass
class Journal:
    """Kept by the threads of the load together."""

    grabs: list[Grab] = field(default_factory=list)
    uploads: dict[int, str] = field(default_factory=dict)
    """Stock workbooks that were accepted, by their ids: the style whose units they bring."""
    shipping_uploads: dict[int, dict[int, str]] = field(default_factory=dict)
    """Shipping workbooks that were accepted, by their ids: tracking numbers by consignment."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often requests were answered with a status, or lost, by what was asked for."""
    unexpected: list[str] = field(default_factory=list)
    """Answers that no fault explains."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, status: int | str) -> None:
        with self.lock:
            self.answers[f"{what} {status}"] += 1

    def note_unexpected(self, what: str, body: Any) -> None:
        with self.lock:
            self.unexpected.append(f"{what}: {body}")

    @property
    def accepted_grabs(self) -> list[Grab]:
        return [each for each in self.grabs if each.order_id]

    @property
    def paid_grabs(self) -> list[Grab]:
        return [each for each in self.grabs if each.paid]
