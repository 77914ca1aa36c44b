"""Where a reseller passes pages on: share channels, and what is kept of a share (FORWARD-21)."""

import enum
import re
from datetime import timedelta

MAX_OWN_CHANNELS = 20
MAX_CHANNEL_NAME = 12
MAX_CODE = 8
MAX_HINT_HOURS = 168
ONE_TAP = timedelta(minutes=1)
"""The same page taken along to the same channel again so soon is a double tap, or a request that was sent twice."""
ONE_ACT = timedelta(minutes=10)
"""What she takes along of a page within this time, its text, its pictures, its code, is one sharing of it (FORWARD-22)."""
_CODE = re.compile(r"[0-9a-z]{1,8}", re.ASCII)


class BuiltInChannel(enum.StrEnum):
    """Channels that every reseller has, by the codes that stand in addresses."""

    MOMENTS = "m"
    GROUP = "g"
    CHAT = "c"
    POSTER = "p"
    OTHER = "o"


GROUP_LIST_CHANNEL = "list"
"""Of wishes that were read from a group list: no address carries it, and nobody can choose it."""


class ShareKind(enum.StrEnum):
    """What she took along to share a page."""

    TEXT = "text"
    LINK = "link"
    PACK = "pack"
    QR = "qr"
    CARD = "card"
    """She opened the page to pass it on inside WeChat."""


def is_channel_code(text: str) -> bool:
    """Whether a text can be the code of a channel; whether it is one, the reseller's channels say."""
    return _CODE.fullmatch(text) is not None


def is_built_in(code: str) -> bool:
    return code in set(BuiltInChannel)
