"""Mask names, phone numbers and addresses of customers (PRIVACY-1)."""

import re
from collections.abc import Callable

HIDDEN = "***"
_WITH_EXTENSION = re.compile(r"(?P<number>1\d{10}|0\d{2,3}-\d{7,8})-(?P<extension>\d+)", re.ASCII)
_LANDLINE = re.compile(r"(?P<area>0\d{2,3})-(?P<number>\d{7,8})", re.ASCII)
_ANY_PHONE = re.compile(r"[+(（]?[\d ()（）-]{7,24}", re.ASCII)
_MOBILE_IN_TEXT = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)", re.ASCII)
_MOBILE_AS_WORD = re.compile(rf"(?<![A-Za-z]){_MOBILE_IN_TEXT.pattern}(?![A-Za-z])", re.ASCII)
"""Behind a letter the digits may be a tracking number."""
_FULL_WIDTH = {ord("０") + digit: str(digit) for digit in range(10)}
_BETWEEN_DIGITS = "[ -]{0,2}"
_PHONE_IN_TEXT = re.compile(
    r"(?<![A-Za-z0-9])(?P<number>(?:\+?86[- ]?)?1[3-9]\d{9}|1[3-9]\d-\d{4}-\d{4}|1[3-9]\d \d{4} \d{4}|\(?0\d{2,3}\)?[- ]?[2-9]\d{6,7})"
    r"(?P<extension>(?:-|转)\d{1,6})?(?![A-Za-z0-9])",
    re.ASCII,
)
MIN_LENGTH_WITH_BOTH_ENDS = 8


def mask_name(name: str) -> str:
    """The first character and a star, whatever the length: 王小美 → 王*, May Wang → M*."""
    return f"{name[:1]}*" if name else ""


def mask_phone(phone: str) -> str:
    """The first three and the last four digits: 13912345678 → 139****5678, 0571-88881234 → 0571-****1234.

    Of an extension nothing is shown: 18412345678-7804 → 184****5678-****. Of a short number the last two digits are shown.
    """
    if found := _WITH_EXTENSION.fullmatch(phone):
        return f"{mask_phone(found['number'])}-****"
    if found := _LANDLINE.fullmatch(phone):
        return f"{found['area']}-****{found['number'][-4:]}"
    if len(phone) < MIN_LENGTH_WITH_BOTH_ENDS:
        return f"****{phone[-2:]}" if phone else ""
    return f"{phone[:3]}****{phone[-4:]}"


def mask_phones_in(text: str) -> str:
    """A text in which each mobile number and landline is masked. Hotlines (95338, 400-811-1111) and numbers of parcels stay."""
    return _PHONE_IN_TEXT.sub(
        lambda found: f"{mask_phone(found['number'])}{'-****' if found['extension'] else ''}", text
    )


def mask_address(address: str, *, shown: int) -> str:
    """The province, city and county that an address begins with, which are its first `shown` characters; the rest is hidden."""
    return f"{address[:shown].strip()}{HIDDEN}" if address else ""


def mask_search(text: str) -> str:
    """What somebody searched for, as the audit log keeps it: phones and names are masked, codes and numbers of goods are not.

    Several words without a digit are a name; a single one in Latin letters may be a code and stays.
    """
    text = text.strip().translate(_FULL_WIDTH)
    if _ANY_PHONE.fullmatch(text):
        return mask_phone(text)
    is_name = not text.isascii() or (" " in text and not any(map(str.isdigit, text)))
    return mask_name(text) if is_name else text


def hide_phones(text: str) -> str:
    """A text in which mobile numbers are masked, wherever they stand and however they are spaced."""
    return _replace(_MOBILE_IN_TEXT, text, lambda found: mask_phone(re.sub("[ -]", "", found)))


def hide_texts(text: str, secrets: tuple[str, ...]) -> str:
    """A text in which each of the secrets, and every mobile number, is replaced by stars. Secrets of one character are not looked for.

    Digits of a secret are also found where they are full width or stand in groups: 139 1234 5678.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 1:
            text = re.sub(_however_spaced(secret), HIDDEN, text)
    return _replace(_MOBILE_AS_WORD, text, lambda _: HIDDEN)


def _however_spaced(secret: str) -> str:
    """A pattern for a secret whose digits may be full width and, where they follow each other, in groups."""
    pattern, before = "", ""
    for sign in secret:
        is_digit = sign.isascii() and sign.isdigit()
        pattern += _BETWEEN_DIGITS if is_digit and before.isdigit() else ""
        pattern += f"[{sign}{chr(ord('０') + int(sign))}]" if is_digit else re.escape(sign)
        before = sign if is_digit else ""
    return pattern


def _replace(pattern: re.Pattern[str], text: str, shown: Callable[[str], str]) -> str:
    """What the pattern finds in a copy with plain digits, which is as long as the text; the rest stays as it was written."""
    for found in reversed(list(pattern.finditer(text.translate(_FULL_WIDTH)))):
        text = f"{text[: found.start()]}{shown(found[0])}{text[found.end() :]}"
    return text
