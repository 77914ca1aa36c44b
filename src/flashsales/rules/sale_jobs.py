"""Filling and publishing a sale in the background (SALE-20, SALE-21). No framework."""

import enum
from collections.abc import Mapping
from typing import Final

MAX_SKUS_AT_ONCE: Final = 2_000
"""A sale with more SKUs is filled and published by a job. So many take less than a second."""


class SaleJobKind(enum.StrEnum):
    FILL_STOCK = "fill_stock"
    """Free stock that passes a filter is put into the draft."""
    FILL_SHEET = "fill_sheet"
    """What the lines of a workbook say is put into the draft."""
    PUBLISH = "publish"


class SaleJobState(enum.StrEnum):
    """`waiting` until the job has an end, also while a worker has it."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


class SaleJobStep(enum.StrEnum):
    """What a worker does now."""

    READING = "reading"
    MATCHING = "matching"
    WRITING = "writing"
    STOCK = "stock"
    PRICES = "prices"
    ITEMS = "items"
    LISTS = "lists"
    SEARCH = "search"


STEPS: Final[Mapping[SaleJobKind, tuple[SaleJobStep, ...]]] = {
    SaleJobKind.FILL_STOCK: (SaleJobStep.WRITING,),
    SaleJobKind.FILL_SHEET: (SaleJobStep.READING, SaleJobStep.MATCHING, SaleJobStep.WRITING),
    SaleJobKind.PUBLISH: (
        SaleJobStep.STOCK,
        SaleJobStep.PRICES,
        SaleJobStep.ITEMS,
        SaleJobStep.LISTS,
        SaleJobStep.SEARCH,
    ),
}
"""The steps of each kind of job, in their order."""


def ignore_step(step: SaleJobStep) -> None:
    """For those whom the progress does not concern."""
