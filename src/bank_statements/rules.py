"""What a line of a bank statement is: whose transfer code it holds, and what else it fits (TRANSFER-1 to TRANSFER-4)."""

import enum
import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.refusal import Invalid

ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
"""Without letters and digits that are mistaken for each other: no B and 8, I and 1, L, O and 0, S and 5, Z and 2."""
_BASE = len(ALPHABET)
_PRIME = 619
"""The largest prime below 25²: what two characters can hold."""
_ID_LENGTH = 4
_TICK = re.compile(r"(\d{1,6})-([RP])-(\d{1,18})", re.ASCII)
_CODE = re.compile(r"(?<![A-Z0-9])[RP][A-Z0-9]{6,12}(?![A-Z0-9])")
MAX_RETURN_DAYS = 30
"""A bank returns what it could not pay within so many days."""
MAX_CLAIM_DAYS = 3
"""A claim fits a line whose day differs by so much: money travels over a weekend."""
_PROVIDERS = ("财付通", "微信支付", "支付宝", "备付金", "蚂蚁")
MAX_PROVIDER_DAYS = 7
"""A pay-out of a provider is at our bank so many days after the day of its bill."""
MAX_NAME, MAX_REMARK, MAX_ACCOUNT = 120, 300, 60


class Owner(enum.StrEnum):
    """Who transfers money to the platform; the value begins her transfer code."""

    RESELLER = "R"
    BRAND = "P"


class MatchKind(enum.StrEnum):
    CERTAIN = "certain"
    """The remark holds the transfer code of one reseller or brand."""
    PROPOSED = "proposed"
    """It fits one claim, or comes from the approved bank account of one reseller or brand."""
    ENTERED = "entered"
    """Somebody entered the same reference with the same amount before."""
    PAYOUT = "payout"
    """It is a payment of the platform that was entered here."""
    CAME_BACK = "came_back"
    """It fits a payment of the platform that the bank seems to have returned: a person enters the return there."""
    PROVIDER = "provider"
    """It comes from a payment provider. Where it fits a pay-out of a bill, that has booked it (PAY-12)."""
    UNKNOWN = "unknown"


TICKABLE = frozenset({MatchKind.CERTAIN, MatchKind.PROPOSED})


class UploadState(enum.StrEnum):
    PREVIEW = "preview"
    COMMITTED = "committed"
    CANCELLED = "cancelled"


class ClaimState(enum.StrEnum):
    WAITING = "waiting"
    FOUND = "found"
    """A line of a statement was entered for it, and waits for the second person."""
    BOOKED = "booked"
    NOT_FOUND = "not_found"
    CANCELLED = "cancelled"


class LineState(enum.StrEnum):
    """OPEN: nobody decided; ENTERED: a request waits; BOOKED: one is booked; SET_ASIDE: a person said why it is not entered; PROVIDER: the
    pay-out of a payment provider, which its bill has booked.
    """

    OPEN = "open"
    ENTERED = "entered"
    BOOKED = "booked"
    SET_ASIDE = "set_aside"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class CodeOwner:
    owner: Owner
    id: int


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What matching reads of a line. `key` names it within the upload; `reference` as `statement_reference` gives it."""

    key: int
    amount_fen: int
    day: date
    reference: str
    counterparty: str
    counterparty_account: str
    remark: str


@dataclass(frozen=True, slots=True)
class OpenClaim:
    id: int
    reseller_id: int
    amount_fen: int
    paid_on: date
    payer: str
    last_digits: str


@dataclass(frozen=True, slots=True)
class StandingRequest:
    """A money request that waits or is booked: `is_outgoing` for payments of the platform, with the holder who is paid."""

    id: int
    reference: str
    amount_fen: int
    is_outgoing: bool
    holder: str = ""


@dataclass(frozen=True, slots=True)
class SentPayment:
    """Money out that the bank was told to pay, and that did not come back: to whom, and on which day it was sent."""

    id: int
    amount_fen: int
    holder: str
    number: str
    sent_on: date


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """Money that a provider paid out to our bank account, as the bill of a day says; the bill has booked it."""

    bill_id: int
    amount_fen: int
    day: date


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """The approved bank account of a reseller or brand."""

    whose: CodeOwner
    number: str


@dataclass(frozen=True, slots=True)
class Match:
    kind: MatchKind
    whose: CodeOwner | None = None
    claim_id: int | None = None
    request_id: int | None = None
    bill_id: int | None = None


UNKNOWN = Match(MatchKind.UNKNOWN)


def transfer_code(whose: CodeOwner) -> str:
    """The code that a reseller or brand writes into the remark of a transfer: R or P, her number, two check characters (TRANSFER-1)."""
    digits = _digits(whose.id).rjust(_ID_LENGTH, ALPHABET[0])
    return f"{whose.owner.value}{digits}{_check(whose.owner.value + digits)}"


def read_codes(remark: str) -> set[CodeOwner]:
    """The owners of the transfer codes that a remark holds; a mistyped code has none."""
    text = unicodedata.normalize("NFKC", remark).upper()
    return {found for code in _CODE.findall(text) if (found := read_code(code)) is not None}


def read_code(code: str) -> CodeOwner | None:
    body, check = code[:-2], code[-2:]
    if len(body) < 1 + _ID_LENGTH or not set(body[1:] + check) <= set(ALPHABET) or _check(body) != check:
        return None
    number = 0
    for letter in body[1:]:
        number = number * _BASE + ALPHABET.index(letter)
    whose = CodeOwner(Owner(body[0]), number)
    return whose if transfer_code(whose) == code else None


class UnknownTick(Invalid):
    code = "bank_statements.unknown_tick"
    zh = "勾选的内容“{value}”认不出，什么都没有录入；请刷新后再勾选"
    en = "The tick “{value}” is not known; nothing was entered, load the page again"
    value: str


def tick_value(key: int, whose: CodeOwner) -> str:
    """What the box of a line sends: the line, and for whom it was shown."""
    return f"{key}-{whose.owner.value}-{whose.id}"


def read_ticks(values: Sequence[str]) -> dict[int, CodeOwner]:
    """For whom each ticked line is to be entered, by the key of the line."""
    ticked = {}
    for value in values:
        found = _TICK.fullmatch(value)
        if not found:
            raise UnknownTick(value=value[:40])
        ticked[int(found[1])] = CodeOwner(Owner(found[2]), int(found[3]))
    return ticked


def statement_reference(
    reference: str, *, account: str, day: date, time: str, amount_fen: int, balance_fen: int | None
) -> str:
    """The reference of a line. Where the bank gives none, one is made of what tells lines apart: account, instant, amount and balance."""
    if reference:
        return reference
    facts = f"{account}\0{day}\0{time}\0{amount_fen}\0{balance_fen}"
    return f"NOREF-{day:%Y%m%d}-{hashlib.sha256(facts.encode()).hexdigest()[:10].upper()}"


def match_lines(
    lines: Sequence[LineFacts],
    *,
    claims: Sequence[OpenClaim],
    requests: Sequence[StandingRequest],
    accounts: Sequence[KnownAccount],
    sent: Sequence[SentPayment] = (),
    payouts: Sequence[ProviderPayout] = (),
) -> dict[int, Match]:
    """What each line is, by its key. Each claim, request, payment that was sent and pay-out of a provider is used once (TRANSFER-3)."""
    found: dict[int, Match] = {}
    used_claims: set[int] = set()
    used_requests: set[int] = set()
    for line in lines:
        match = _of_request(line, [each for each in requests if each.id not in used_requests])
        if match is None and line.amount_fen > 0:
            match = _of_code(line, [each for each in claims if each.id not in used_claims])
        if match is not None:
            found[line.key] = match
            used_requests |= {match.request_id} if match.request_id else set()
            used_claims |= {match.claim_id} if match.claim_id else set()
    open_claims = [each for each in claims if each.id not in used_claims]
    used_payments: set[int] = set()
    for line in lines:
        if line.key not in found and (back := _came_back(line, sent, used_payments)) is not None:
            found[line.key] = back
            used_payments |= {back.request_id} if back.request_id else set()
    left = list(payouts)
    for line in lines:
        if line.key not in found and (payout := _of_provider(line, left)) is not None:
            left.remove(payout)
            found[line.key] = Match(MatchKind.PROVIDER, bill_id=payout.bill_id)
    rest = [line for line in lines if line.key not in found]
    for line in rest:
        found[line.key] = _proposal(line, rest, open_claims, accounts)
    return found


def _of_request(line: LineFacts, requests: Sequence[StandingRequest]) -> Match | None:
    if line.amount_fen > 0:
        same = [
            each
            for each in requests
            if not each.is_outgoing and each.reference == line.reference and each.amount_fen == line.amount_fen
        ]
        return Match(MatchKind.ENTERED, request_id=same[0].id) if same else None
    of_amount = [each for each in requests if each.is_outgoing and each.amount_fen == -line.amount_fen]
    named = [each for each in of_amount if each.reference and each.reference in (line.reference, *_words(line.remark))]
    to_holder = [each for each in of_amount if each.holder and _bare(each.holder) == _bare(line.counterparty)]
    for candidates in (named, to_holder):
        if len(candidates) == 1:
            return Match(MatchKind.PAYOUT, request_id=candidates[0].id)
    return None


def _of_code(line: LineFacts, claims: Sequence[OpenClaim]) -> Match | None:
    owners = read_codes(line.remark)
    if len(owners) != 1:
        return None
    [whose] = owners
    own = [
        each.id
        for each in claims
        if whose == CodeOwner(Owner.RESELLER, each.reseller_id) and each.amount_fen == line.amount_fen
    ]
    return Match(MatchKind.CERTAIN, whose, claim_id=min(own, default=None))


def comes_from_provider(counterparty: str) -> bool:
    return any(word in counterparty for word in _PROVIDERS)


def _of_provider(line: LineFacts, payouts: Sequence[ProviderPayout]) -> ProviderPayout | None:
    """The earliest pay-out of the same amount that can have arrived on this day, where the counterparty is a provider."""
    if not comes_from_provider(line.counterparty):
        return None
    return min((each for each in payouts if fits_payout(line, each)), key=lambda each: each.day, default=None)


def fits_payout(line: LineFacts, payout: ProviderPayout) -> bool:
    return line.amount_fen == payout.amount_fen and 0 <= (line.day - payout.day).days <= MAX_PROVIDER_DAYS


def _came_back(line: LineFacts, sent: Sequence[SentPayment], used: Collection[int]) -> Match | None:
    """A payment of the same amount to the same holder or number; of several that fit, none is named."""
    fitting = [each for each in sent if each.id not in used and fits_payment(line, each)]
    if not fitting:
        return None
    return Match(MatchKind.CAME_BACK, request_id=fitting[0].id if len(fitting) == 1 else None)


def fits_payment(line: LineFacts, payment: SentPayment) -> bool:
    """Same amount, at most some days after it was sent, and its holder or its number."""
    days = (line.day - payment.sent_on).days
    if line.amount_fen != payment.amount_fen or not 0 <= days <= MAX_RETURN_DAYS:
        return False
    same_holder = _bare(payment.holder) == _bare(line.counterparty) != ""
    return same_holder or payment.number == _digits_of(line.counterparty_account) != ""


def _proposal(
    line: LineFacts, others: Sequence[LineFacts], claims: Sequence[OpenClaim], accounts: Sequence[KnownAccount]
) -> Match:
    if line.amount_fen <= 0:
        return UNKNOWN
    fitting = [each for each in claims if fits_claim(line, each)]
    if fitting:
        return _of_claims(line, fitting, others, claims)
    number = _digits_of(line.counterparty_account)
    owners = {each.whose for each in accounts if number and each.number == number}
    if len(owners) == 1:
        return Match(MatchKind.PROPOSED, next(iter(owners)))
    if comes_from_provider(line.counterparty):
        return Match(MatchKind.PROVIDER)
    return UNKNOWN


def _of_claims(
    line: LineFacts, fitting: Sequence[OpenClaim], others: Sequence[LineFacts], claims: Sequence[OpenClaim]
) -> Match:
    """The owner of the claims that fit, where they are one person's and no more lines fit them than there are; each line takes one."""
    rivals = [each for each in others if any(fits_claim(each, claim) for claim in fitting)]
    same_claims = all([claim for claim in claims if fits_claim(each, claim)] == fitting for each in rivals)
    if len({each.reseller_id for each in fitting}) > 1 or len(rivals) > len(fitting) or not same_claims:
        return UNKNOWN
    claim = fitting[rivals.index(line)]
    return Match(MatchKind.PROPOSED, CodeOwner(Owner.RESELLER, claim.reseller_id), claim_id=claim.id)


def fits_claim(line: LineFacts, claim: OpenClaim) -> bool:
    """Same amount, a day nearby, and the payer's name or the last digits of her account."""
    if line.amount_fen != claim.amount_fen or abs(line.day - claim.paid_on) > timedelta(days=MAX_CLAIM_DAYS):
        return False
    same_payer = _bare(claim.payer) == _bare(line.counterparty) != ""
    return same_payer or (claim.last_digits != "" and line.counterparty_account.endswith(claim.last_digits))


def _digits_of(number: str) -> str:
    return "".join(each for each in number if each.isdigit())


def _bare(name: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", name) if each.isalnum()).casefold()


def _words(text: str) -> list[str]:
    return re.split(r"[\s,，;；:：]+", unicodedata.normalize("NFKC", text).upper())


def _digits(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number, _BASE)
        letters = ALPHABET[rest] + letters
    return letters


def _check(body: str) -> str:
    total = 0
    for letter in body:
        total = (total * 31 + ord(letter)) % _PRIME
    high, low = divmod(total, _BASE)
    return ALPHABET[high] + ALPHABET[low]
