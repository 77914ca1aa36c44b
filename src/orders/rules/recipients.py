"""Recipients, and the customer book of a reseller."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kernel.text import normalized, visible

MAX_CUSTOMER_NOTE = 500
"""Characters of a reseller's note about a customer."""
MAX_TAGS, MAX_TAG_LENGTH = 20, 20
"""Tags of one customer, and characters of a tag."""
MAX_BOOK_TAGS = 100
"""Different tags in the book of a reseller."""
MAX_SIZES, MAX_SIZE_KIND, MAX_SIZE = 12, 12, 20
"""Sizes noted of one customer, and characters of what one is for and of the size itself."""
_SEPARATORS = re.compile(r"[,，、;；\n]+")


@dataclass(frozen=True, slots=True)
class CustomerSize:
    """A size that a reseller noted of a customer: what it is for in her own words (上装, 鞋), "" where she said nothing, and the size."""

    kind: str
    size: str

    def __str__(self) -> str:
        return f"{self.kind} {self.size}".strip()


def split_entries(text: str) -> list[str]:
    """The entries of a text that lists them with commas, semicolons or line ends; each once, without what cannot be seen."""
    entries = (normalized(visible(each)) for each in _SEPARATORS.split(text))
    return list(dict.fromkeys(each for each in entries if each))


def read_sizes(text: str) -> list[CustomerSize]:
    """Sizes as a reseller types them: «上装 M、鞋 37». The last word of an entry is the size, what stands before says what it is for."""
    sizes = []
    for entry in split_entries(text):
        kind, _, size = entry.rpartition(" ")
        sizes.append(CustomerSize(kind.strip(), size.upper()))
    return list({each.kind: each for each in sizes}.values())


def are_valid_sizes(sizes: Sequence[CustomerSize]) -> bool:
    return len(sizes) <= MAX_SIZES and all(
        len(each.kind) <= MAX_SIZE_KIND and 0 < len(each.size) <= MAX_SIZE for each in sizes
    )


def are_valid_tags(tags: Collection[str]) -> bool:
    return len(tags) <= MAX_TAGS and all(0 < len(each) <= MAX_TAG_LENGTH for each in tags)


def same_spelling(tags: Iterable[str], known: Iterable[str]) -> list[str]:
    """The tags, each once, spelled as the book spells them already: «vip» is «VIP» where a customer has that."""
    spelled = {each.casefold(): each for each in known}
    return list(dict.fromkeys(spelled.setdefault(each.casefold(), each) for each in tags))


def fitting_sizes(sizes: Iterable[CustomerSize], offered: Collection[str]) -> list[CustomerSize]:
    """Of the sizes that are noted of a customer those that goods have: what a page says beside them. It chooses nothing (CUSTOMER-2)."""
    has = {each.upper() for each in offered}
    return [each for each in sizes if each.size.upper() in has]


MAX_RECIPIENT_NAME, MIN_ADDRESS, MAX_ADDRESS = 40, 5, 200


@dataclass(frozen=True, slots=True)
class RecipientFault:
    """Why a recipient is refused: the field, and what is wrong with it in Chinese and English."""

    field: str
    zh: str
    en: str


def recipient_faults(*, name: str, phone: str, is_phone: bool, address: str) -> list[RecipientFault]:
    """What is missing or unusable in the three fields of a recipient (ORDER-5). `is_phone`: the text is a number that can be called."""
    faults = []
    if not name:
        faults.append(RecipientFault("name", "缺少姓名", "the name is missing"))
    elif len(name) > MAX_RECIPIENT_NAME:
        faults.append(
            RecipientFault(
                "name", f"姓名最多 {MAX_RECIPIENT_NAME} 个字", f"a name has at most {MAX_RECIPIENT_NAME} characters"
            )
        )
    if not phone:
        faults.append(RecipientFault("phone", "缺少电话", "the phone number is missing"))
    elif not is_phone:
        faults.append(
            RecipientFault(
                "phone",
                f"电话“{phone[:40]}”不能用，请填 11 位手机号或带区号的座机，可加分机号",
                f"the phone number “{phone[:40]}” cannot be used: 11 digits, or a landline with area code; an extension may follow",
            )
        )
    if not address:
        faults.append(RecipientFault("address", "缺少详细地址", "the address is missing"))
    elif not MIN_ADDRESS <= len(address) <= MAX_ADDRESS:
        faults.append(
            RecipientFault(
                "address",
                f"详细地址须有 {MIN_ADDRESS} 至 {MAX_ADDRESS} 个字",
                f"an address has {MIN_ADDRESS} to {MAX_ADDRESS} characters",
            )
        )
    return faults
