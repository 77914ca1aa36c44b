"""Mask names, phone numbers and addresses of customers (PRIVACY-1)."""

import re

HIDDEN = "***"
_WITH_EXTENSION = re.compile(r"(?P<number>1\d{10}|0\d{2,3}-\d{7,8})-(?P<extension>\d+)", re.ASCII)
_LANDLINE = re.compile(r"(?P<area>0\d{2,3})-(?P<number>\d{7,8})", re.ASCII)
_ANY_PHONE = re.compile(r"\+?[\d -]{7,24}", re.ASCII)
_MOBILE_IN_TEXT = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
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


def mask_address(address: str, *, shown: int) -> str:
    """The province, city and county that an address begins with, which are its first `shown` characters; the rest is hidden."""
    return f"{address[:shown].strip()}{HIDDEN}" if address else ""


def mask_search(text: str) -> str:
    """What somebody searched for, as the audit log keeps it: phones and words in Chinese are masked, codes and numbers of goods are not."""
    text = text.strip()
    if _ANY_PHONE.fullmatch(text):
        return mask_phone(text)
    return text if text.isascii() else mask_name(text)


def hide_phones(text: str) -> str:
    """A text in which mobile numbers are masked, wherever they stand."""
    return _MOBILE_IN_TEXT.sub(lambda found: mask_phone(found[0]), text)


def hide_texts(text: str, secrets: tuple[str, ...]) -> str:
    """A text in which each of the secrets is replaced by stars. Secrets of one character are not looked for."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 1:
            text = text.replace(secret, HIDDEN)
    return text
