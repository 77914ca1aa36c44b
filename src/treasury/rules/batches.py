"""What stands in a file for the bank (MONEY-10)."""

import enum

from treasury.rules.requests import RequestKind

MAX_BATCH_LINES = 200


class BatchState(enum.StrEnum):
    MADE = "made"
    """The file was made; nobody has downloaded it."""
    DOWNLOADED = "downloaded"
    CONFIRMED = "confirmed"
    """The bank carried it out."""


class BatchFormat(enum.StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


_PURPOSES = {RequestKind.WITHDRAWAL: "提现", RequestKind.PAYOUT: "货款", RequestKind.DEPOSIT_RETURN: "退保证金"}


def purpose_of(kind: RequestKind, request_id: int) -> str:
    """What the bank passes on to the payee. The number finds the request again."""
    return f"{_PURPOSES[kind]}{request_id}"
