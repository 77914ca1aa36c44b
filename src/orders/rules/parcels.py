"""Tracking numbers and carriers of parcels."""

import enum
import re
import unicodedata


class ParcelAttention(enum.StrEnum):
    """Why somebody should look after a parcel (TRACK-7)."""

    PROBLEM = "problem"
    """The carrier reports a problem, or the parcel is on its way back."""
    STILL = "still"
    """The carrier has reported nothing for long."""


MAX_CARRIER_NAME, MAX_TRACKING_NO = 30, 40


MAX_SPELLING = 40
"""Characters of a word for a carrier."""


_TRACKING_NO = re.compile(r"[A-Za-z0-9]{6,40}\Z", re.ASCII)


_PREFIXED = re.compile(r"([A-Za-z]{1,5})-(\d{8,20})\Z", re.ASCII)


_PIECE = re.compile(r"([A-Za-z0-9]{6,34})-\d{1,3}-(?:\d{1,3}-?)?\Z", re.ASCII)
"""A number with the suffix that tells one piece of several, as JD prints it: JD0118080218877-1-2- is the first of two."""


def waybill_of(tracking_no: str) -> str | None:
    """A tracking number in capitals without the suffix of a piece; None where the text cannot be one number (ORDER-9).

    Numbers are compared by it. They are kept as written.
    """
    if len(tracking_no) > MAX_TRACKING_NO:
        return None
    if piece := _PIECE.match(tracking_no):
        return piece[1].upper()
    if prefixed := _PREFIXED.match(tracking_no):
        return (prefixed[1] + prefixed[2]).upper()
    return tracking_no.upper() if _TRACKING_NO.match(tracking_no) else None


def carrier_key(text: str) -> str:
    """How a carrier's name, alias or code is compared: no spaces, width or case. Only equal keys are the same carrier (ORDER-9)."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
