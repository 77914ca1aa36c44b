"""What a payee's bank account looks like, and from when it is paid to (MONEY-5 to MONEY-7)."""

import enum
import unicodedata
from datetime import datetime, timedelta

from kernel.text import visible

MAX_HOLDER, MAX_BANK = 60, 60
MIN_NUMBER, MAX_NUMBER = 8, 30
CARD_DIGITS = range(16, 20)
"""Lengths of numbers of bank cards, whose last digit is a check digit. Accounts of companies have other lengths and none."""
CARD_PREFIXES = ("3", "4", "5", "62")
"""How numbers of bank cards begin; 62 is UnionPay."""
CNAPS_DIGITS = 12


class AccountState(enum.StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    """The account that its owner is paid to."""
    REPLACED = "replaced"
    """A later one was approved."""
    RETURNED = "returned"
    """The bank returned money that was sent to it. It is entered anew."""
    REFUSED = "refused"


def account_number(typed: str) -> str:
    """A number as it is stored: half width, without blanks and hyphens."""
    folded = unicodedata.normalize("NFKC", visible(typed))
    return "".join(each for each in folded if not each.isspace() and each != "-")


def is_valid_number(number: str, *, is_personal: bool) -> bool:
    """Whether a stored number can be one. The check digit is tested for cards of people only: accounts of companies have none."""
    if not (number.isascii() and number.isdigit() and MIN_NUMBER <= len(number) <= MAX_NUMBER):
        return False
    is_card = is_personal and len(number) in CARD_DIGITS and number.startswith(CARD_PREFIXES)
    return not is_card or has_check_digit(number)


def has_check_digit(number: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn)."""
    doubled = (2 * int(each) for each in number[-2::-2])
    return (sum(int(each) for each in number[::-2]) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0


def is_valid_cnaps(code: str) -> bool:
    return code == "" or (code.isascii() and code.isdigit() and len(code) == CNAPS_DIGITS)


def mask_number(number: str) -> str:
    """The last four digits: 6222021234567890 → **** 7890. Nothing of none."""
    return f"**** {number[-4:]}" if number else ""


def payable_from(approved_at: datetime, cool_down: timedelta) -> datetime:
    """From when an account is paid to: its owner has so long to object to a change that she did not make."""
    return approved_at + cool_down
