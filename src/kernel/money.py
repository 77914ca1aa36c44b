"""Money is integer fen (1 yuan = 100 fen). Rates are Decimal fractions. Each amount is rounded once, half up, from the exact product.

Amounts travel as `int` in names that end in `_fen`; they become decimal strings ("12.50") only at the borders.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_UNITS = {"": 1, "千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_TYPED = re.compile(r"¥?(-)?¥?(\d{1,12}(?:\.\d{1,8})?)([千万萬亿億])?(?:元|RMB|CNY)?", re.ASCII | re.IGNORECASE)
_YUAN = re.compile(r"-?\d{1,12}(?:\.\d{1,2})?\Z", re.ASCII)


def parse_yuan(text: str) -> int:
    """Read a decimal string of yuan ("12", "12.5", "-3.00") as fen.

    Raises ValueError for anything else: more than two decimals, an exponent, a sign alone, spaces inside.
    """
    cleaned = text.strip()
    if not _YUAN.match(cleaned):
        raise ValueError(f"not an amount in yuan: {text!r}")
    return int(Decimal(cleaned) * 100)


def typed_yuan(text: str) -> int:
    """Read an amount as people type it ("￥3,000万元", "1.2亿", "１２９.５") as fen.

    Raises ValueError for what is no amount of whole fen.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace(",", "")
    typed = _TYPED.fullmatch(plain)
    if typed is None:
        raise ValueError(f"not an amount: {text!r}")
    sign, digits, unit = typed.groups()
    fen = Decimal(digits) * _UNITS[unit or ""] * 100
    if fen != int(fen) or fen >= 10**14:
        raise ValueError(f"not an amount of whole fen: {text!r}")
    return -int(fen) if sign else int(fen)


def format_yuan(fen: int) -> str:
    """Write fen as a decimal string of yuan with two places: 1250 → "12.50", -5 → "-0.05"."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}"


def display_yuan(fen: int) -> str:
    """Write fen as people read money on every screen: 123450 → "¥1,234.50", -5 → "−¥0.05", 0 → "¥0.00"."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'−' if fen < 0 else ''}¥{whole:,}.{rest:02d}"


def round_half_up(amount: Decimal) -> int:
    """Round an exact amount of fen to whole fen, halves away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share(fen: int, rate: Decimal) -> int:
    """The share `rate` (0.25 for 25 %) of an amount, in fen, rounded half up."""
    return round_half_up(fen * rate)


def price_of(fen: int, rate: Decimal) -> int:
    """The share `rate` of an amount as a price: rounded half up, and at least 1 fen, since no price is ever ¥0."""
    return max(1, share(fen, rate))


def split(fen: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to weights by largest remainder: the parts add up to `fen` exactly.

    Of equal remainders the earlier part is served first. Raises ValueError where nothing carries weight.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and must add up to more than zero")
    sign = -1 if fen < 0 else 1
    parts = [divmod(abs(fen) * weight, total) for weight in weights]
    shares = [whole for whole, _ in parts]
    left_over = abs(fen) - sum(shares)
    by_remainder = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_remainder[:left_over]:
        shares[index] += 1
    return [sign * part for part in shares]
