"""To whom an invoice is made out 抬头, and whether its tax number can be true (INVOICE-1)."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.text import invisible_character, normalized

MAX_NAME, MAX_ADDRESS, MAX_PHONE, MAX_BANK, MAX_ACCOUNT, MAX_EMAIL = 100, 100, 30, 60, 30, 120
MAX_TITLES = 20
"""Of one reseller or brand."""
TAX_NUMBER_LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a unified social credit code (GB 32100): digits and capital letters without I, O, S, V and Z."""
_WEIGHTS = tuple(pow(3, place, 31) for place in range(TAX_NUMBER_LENGTH - 1))
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_PHONE = re.compile(r"[0-9+() -]{5,30}")
_ACCOUNT = re.compile(r"[0-9-]{5,30}")
TITLE_FIELDS = ("kind", "name", "tax_number", "address", "phone", "bank", "account", "email", "is_special")
"""What a request copies of a title."""


class TitleKind(enum.StrEnum):
    PERSON = "person"
    COMPANY = "company"


class TaxNumberFault(enum.StrEnum):
    """What is wrong with a tax number."""

    LENGTH = "length"
    CHARACTER = "character"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class TaxNumberProblem:
    """`place` is that of a wrong character, counted from 1; `expected` the check character that would fit, or the length."""

    fault: TaxNumberFault
    place: int = 0
    found: str = ""
    expected: str = ""

    @property
    def zh(self) -> str:
        if self.fault is TaxNumberFault.LENGTH:
            return f"税号应是 {TAX_NUMBER_LENGTH} 位，现在是 {self.found} 位"
        if self.fault is TaxNumberFault.CHARACTER:
            return f"税号第 {self.place} 位“{self.found}”不会出现在统一社会信用代码里（没有 I、O、S、V、Z，也没有符号）"
        return f"税号最后一位是校验码，前 17 位对应的是“{self.expected}”，现在是“{self.found}”，请逐位核对"

    @property
    def en(self) -> str:
        if self.fault is TaxNumberFault.LENGTH:
            return f"A tax number has {TAX_NUMBER_LENGTH} characters; this one has {self.found}"
        if self.fault is TaxNumberFault.CHARACTER:
            return f"Character {self.place} of the tax number, {self.found}, is none of GB 32100 (no I, O, S, V, Z, no signs)"
        return (
            f"The last character checks the others: {self.expected} fits them, not {self.found}; compare each character"
        )


class TitleField(enum.StrEnum):
    """A field of a title that is missing or wrong."""

    NAME = "name"
    TAX_NUMBER = "tax_number"
    ADDRESS = "address"
    PHONE = "phone"
    BANK = "bank"
    ACCOUNT = "account"
    EMAIL = "email"
    KIND = "kind"
    """A special invoice is for companies."""


@dataclass(frozen=True, slots=True)
class TitleFields:
    """A title as it is typed. `is_special`: a special invoice 专票, which needs address, phone, bank and account."""

    kind: TitleKind
    name: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""
    email: str = ""
    is_special: bool = False


def cleaned(fields: TitleFields) -> TitleFields:
    """The fields without stray spaces, the tax number in capitals; a person has no tax number."""
    is_company = fields.kind is TitleKind.COMPANY
    return TitleFields(
        kind=fields.kind,
        name=normalized(fields.name),
        tax_number=tax_number(fields.tax_number) if is_company else "",
        address=normalized(fields.address),
        phone=normalized(fields.phone),
        bank=normalized(fields.bank),
        account="".join(fields.account.split()),
        email=fields.email.strip(),
        is_special=fields.is_special,
    )


def tax_number(text: str) -> str:
    """A tax number without spaces, in capitals."""
    return "".join(text.split()).upper()


def check_character(first: str) -> str:
    """The last character of a unified social credit code, from its first 17."""
    total = sum(ALPHABET.index(each) * weight for each, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def tax_number_problem(text: str) -> TaxNumberProblem | None:
    """What is wrong with a cleaned tax number: its length, a character, or the check character; None where nothing is."""
    if len(text) != TAX_NUMBER_LENGTH:
        return TaxNumberProblem(TaxNumberFault.LENGTH, found=str(len(text)))
    for place, each in enumerate(text, start=1):
        if each not in ALPHABET:
            return TaxNumberProblem(TaxNumberFault.CHARACTER, place, each)
    expected = check_character(text[:-1])
    if expected != text[-1]:
        return TaxNumberProblem(TaxNumberFault.CHECK, TAX_NUMBER_LENGTH, text[-1], expected)
    return None


def field_problems(fields: TitleFields) -> Sequence[TitleField]:
    """The fields of a cleaned title that are missing or cannot be true, in the order in which they are asked."""
    is_company = fields.kind is TitleKind.COMPANY
    wrong = {
        TitleField.KIND: fields.is_special and not is_company,
        TitleField.NAME: not _is_text(fields.name, MAX_NAME),
        TitleField.TAX_NUMBER: is_company and tax_number_problem(fields.tax_number) is not None,
        TitleField.ADDRESS: not _fits(fields.address, MAX_ADDRESS, fields.is_special),
        TitleField.PHONE: not _matches(_PHONE, fields.phone, fields.is_special),
        TitleField.BANK: not _fits(fields.bank, MAX_BANK, fields.is_special),
        TitleField.ACCOUNT: not _matches(_ACCOUNT, fields.account, fields.is_special),
        TitleField.EMAIL: bool(fields.email) and (len(fields.email) > MAX_EMAIL or not _MAIL.fullmatch(fields.email)),
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


def _is_text(text: str, max_length: int) -> bool:
    return 0 < len(text) <= max_length and invisible_character(text) is None


def _fits(text: str, max_length: int, is_required: bool) -> bool:
    return _is_text(text, max_length) if text else not is_required


def _matches(pattern: re.Pattern[str], text: str, is_required: bool) -> bool:
    return pattern.fullmatch(text) is not None if text else not is_required
