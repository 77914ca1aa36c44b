"""The law of orders (ORDER-1 to ORDER-5, see docs/rules/orders.md), and how pasted addresses are read."""

import enum
import re
import unicodedata
from dataclasses import dataclass


class OrderState(enum.StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    CANCELLED = "cancelled"


class ConsignmentState(enum.StrEnum):
    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


MOST_LINES = 50
MOST_UNITS_PER_LINE = 999


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """What could be read from a pasted address; an empty part was not found."""

    name: str
    phone: str
    address: str

    @property
    def complete(self) -> bool:
        return bool(self.name and self.phone and self.address)


_PHONE = re.compile(r"(?<!\d)(?:\+?86[-\s]?)?(1[3-9]\d[-\s]?\d{4}[-\s]?\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-\d{7,8})(?!\d)")
_LABEL = re.compile(
    r"(收货人|收件人|联系人|姓名|名字|手机号码|手机号|手机|联系电话|电话号码|电话|所在地区|地区|详细地址|收货地址|收件地址|地址)\s*[::]?\s*"
)
_PLACE = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢楼室旗州盟]")


def parse_address(text: str) -> ParsedAddress:
    """Read name, phone and address from what people paste: any order, labels or none, commas, lines or spaces between (ORDER-5).

    The longest part that looks like a place is the address, the first short part that does not is the name. What cannot be told is
    left empty for her to fill in; nothing is guessed.
    """
    cleaned = unicodedata.normalize("NFKC", text).replace("\u200b", "")
    phone = ""
    for pattern in (_PHONE, _LANDLINE):
        if found := pattern.search(cleaned):
            phone = re.sub(r"\s|-" if pattern is _PHONE else r"\s", "", found.group(1))
            cleaned = cleaned[: found.start()] + "\n" + cleaned[found.end() :]
            break
    marked = _LABEL.sub("\n", cleaned)
    parts = [part.strip() for part in re.split(r"[\n,;，；、\t|]+", marked) if part.strip()]
    if len(parts) == 1 and " " in parts[0]:
        parts = parts[0].split()
    elif any(" " in part for part in parts):
        parts = [piece for part in parts for piece in _split_name_off(part)]
    places = [part for part in parts if _PLACE.search(part) and len(part) > 4]
    names = [
        part for part in parts if part not in places and 1 < len(part) <= 12 and not any(c.isdigit() for c in part)
    ]
    name = names[0] if names else ""
    address = "".join(part for part in parts if part != name)
    return ParsedAddress(name, phone, address if places else "")


def _split_name_off(part: str) -> list[str]:
    """A short word at either end of a part that holds a place is a name: «张三 浙江省杭州市…»."""
    words = part.split()
    if len(words) < 2 or not _PLACE.search(part):
        return [part]
    for index in (0, -1):
        word = words[index]
        if 2 <= len(word) <= 4 and not _PLACE.search(word) and not any(c.isdigit() for c in word):
            rest = words[1:] if index == 0 else words[:-1]
            return [word, "".join(rest)]
    return ["".join(words)]
