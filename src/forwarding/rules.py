"""What a customer may see of forwarded styles, and what she may wish for (FORWARD-1 to FORWARD-6, see docs/rules/forwarding.md)."""

import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flashsales.rules import Offer, RemainingUnits, Shortfall
from kernel.money import display_yuan
from orders.rules import AllocatedUnits, Allocation, RequestedUnits

MAX_FEW_UNITS = 3
MAX_WISH_UNITS = 99
MAX_WISH_LINES = 20
MAX_ADDRESS = 400
"""Of the text in the address field of a wish: a pasted address holds name and phone too."""
MAX_ORDERED_WISHES = 200
"""So many wishes can be ordered at once."""
MAX_OPEN_WISHES = 200
MAX_WISHES_PER_PAGE_AND_HOUR = 60
MAX_WISHES_PER_VISITOR_AND_HOUR = 10
MAX_STYLES_PER_PAGE = 60
MAX_SELECTED_STYLES = 9
"""Of a selection that is forwarded: a nine-grid 九宫格 has so many pictures."""


class Availability(enum.StrEnum):
    """How much of an item is available, as customers see it: a word, never the number."""

    PLENTY = "plenty"
    FEW = "few"
    NONE = "none"


def availability_of(available: int) -> Availability:
    if available <= 0:
        return Availability.NONE
    return Availability.FEW if available <= MAX_FEW_UNITS else Availability.PLENTY


_ROBOT = re.compile(
    r"bot\b|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|embedly|sogou|yisou|bytespider|"
    r"curl/|wget/|python-|go-http-client|java/|okhttp|libwww",
    re.IGNORECASE,
)


def is_bot(user_agent: str) -> bool:
    """Whether the user agent declares a program: a search engine, the link preview of a messenger, a script. Those are not counted."""
    return bool(_ROBOT.search(user_agent))


class WishState(enum.StrEnum):
    NEW = "new"
    ORDERED = "ordered"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The customer took it back on her private page."""


@dataclass(frozen=True, slots=True)
class PickedUnits:
    """Units of a sale item that a customer wishes for."""

    item_id: int
    units: int


def is_valid_pick(lines: Sequence[PickedUnits]) -> bool:
    """Whether a wish may have these lines: 1 to `MAX_WISH_LINES`, each item once, 1 to `MAX_WISH_UNITS` of it (FORWARD-5)."""
    return (
        0 < len(lines) <= MAX_WISH_LINES
        and len({line.item_id for line in lines}) == len(lines)
        and all(0 < line.units <= MAX_WISH_UNITS for line in lines)
    )


def shortfall_of(offer: Offer | None, units: int) -> tuple[int, Shortfall | None]:
    """How many of the units can be held for her now, and why not all of them, for one line by itself."""
    if offer is None:
        return 0, Shortfall.NO_SUCH_ITEM
    return RemainingUnits({offer.item_id: offer}).take(offer.item_id, units)


def allocate_wishes(
    wishes: Sequence[Sequence[RequestedUnits]], offers: Mapping[int, Offer], *, allowance_fen: int | None
) -> list[list[AllocatedUnits]]:
    """Share what is left among wishes, in their order: each gets all of its units or none (FORWARD-9).

    A wish whose lines did not all get their units leaves them to the wishes behind it.
    """
    allocation = Allocation(offers, allowance_fen)
    allocated = []
    for lines in wishes:
        got = [allocation.take(line) for line in lines]
        if any(each.shortfall for each in got):
            for line, each in zip(lines, got, strict=True):
                allocation.give_back(line.item_id, each.units)
        allocated.append(got)
    return allocated


@dataclass(frozen=True, slots=True)
class SelectedStyle:
    """A style that a reseller picked in a sale."""

    sale_id: int
    style_id: int


def is_valid_selection(styles: Sequence[SelectedStyle]) -> bool:
    """Whether these styles can be forwarded as a selection: 1 to `MAX_SELECTED_STYLES`, each style once (FORWARD-12)."""
    return 0 < len(styles) <= MAX_SELECTED_STYLES and len({each.style_id for each in styles}) == len(styles)


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A size and colour as the platform knows it."""

    item_id: int
    colour: str
    size: str
    available: int
    label_cut: bool


@dataclass(frozen=True, slots=True)
class SourceStyle:
    """A style of a sale with its retail price; `floor_fen` is the brand's floor on the frozen list, None where the price is free.

    `position` is its place in a selection, None on the page of a sale or style. `starts_at` and `ends_at` are those of its sale.
    """

    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    price_fen: int | None
    floor_fen: int | None
    items: tuple[SourceItem, ...]
    defects: str = ""
    brand_name: str = ""
    position: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def label_cut(self) -> bool:
        return any(item.label_cut for item in self.items)

    @property
    def is_visible(self) -> bool:
        """FORWARD-2: the style has a retail price, and it is not below the frozen floor."""
        return self.price_fen is not None and (self.floor_fen is None or self.price_fen >= self.floor_fen)


@dataclass(frozen=True, slots=True)
class PriceBesideFloor:
    """A retail price of a reseller for a style of a sale, beside the floor of the frozen list at her tier.

    `labelled`: some SKUs keep their label in the sale; `floor_fen` is the floor of those, None where there is none.
    """

    reseller_id: int
    reseller_name: str
    tier: int
    style_id: int
    style_no: str
    style_name: str
    price_fen: int
    set_at: datetime
    tag_price_fen: int
    labelled: bool
    floor_fen: int | None


@dataclass(frozen=True, slots=True)
class PageSource:
    """What the platform knows of forwarded styles: more than a customer may see.

    `brand_name` is "" where the styles are of several brands, `sale_title` where they are of several sales.
    """

    brand_name: str
    sale_title: str
    reseller_name: str
    styles: tuple[SourceStyle, ...]


@dataclass(frozen=True, slots=True)
class CustomerItem:
    item_id: int
    colour: str
    size: str
    availability: Availability


@dataclass(frozen=True, slots=True)
class CustomerStyle:
    """A style as a customer sees it; `style_no` and `brand` are "" where they would reveal the brand. `picture` is the hash of a file.

    `number` counts the styles of the page from the one that was priced first, so that a style priced later changes no number; in a
    selection it is the position that the reseller gave it. `starts_at` and `ends_at` are those of its sale.
    """

    style_id: int
    style_no: str
    name: str
    picture: str
    price_fen: int
    items: tuple[CustomerItem, ...]
    defects: str = ""
    number: int = 1
    brand: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def availability(self) -> Availability:
        return next(
            (each for each in Availability if any(item.availability is each for item in self.items)), Availability.NONE
        )

    @property
    def sizes(self) -> list[str]:
        """The sizes that are available, each once, in the order of the items."""
        return list(dict.fromkeys(item.size for item in self.items if item.availability is not Availability.NONE))

    @property
    def colours(self) -> list[str]:
        there = (item.colour for item in self.items if item.availability is not Availability.NONE and item.colour)
        return list(dict.fromkeys(there))


@dataclass(frozen=True, slots=True)
class CustomerView:
    """All that a customer sees. `brand` and `title` are "" where any style is sold with its label cut (FORWARD-3)."""

    brand_hidden: bool
    brand: str
    title: str
    reseller_name: str
    styles: tuple[CustomerStyle, ...]

    @property
    def item_ids(self) -> frozenset[int]:
        """The items that a wish may name."""
        return frozenset(
            item.item_id for each in self.styles for item in each.items if item.availability is not Availability.NONE
        )


GENERIC_NAME = "精选好物"


def customer_view(source: PageSource) -> CustomerView:
    """Derive what a customer may see from what the platform knows (FORWARD-2, FORWARD-3)."""
    styles = [each for each in source.styles if each.is_visible]
    if not any(each.label_cut for each in styles):
        return CustomerView(
            brand_hidden=False,
            brand=source.brand_name,
            title=source.sale_title,
            reseller_name=source.reseller_name,
            styles=_customer_styles(styles, ()),
        )
    names = dict.fromkeys((source.brand_name, *(each.brand_name for each in styles)))
    secrets = (*(word for name in names for word in brand_words(name)), *(each.style_no for each in styles))
    return CustomerView(
        brand_hidden=True,
        brand="",
        title="",
        reseller_name=redact(source.reseller_name, secrets),
        styles=_customer_styles(styles, secrets),
    )


def _customer_styles(styles: Sequence[SourceStyle], secrets: Sequence[str]) -> tuple[CustomerStyle, ...]:
    """The styles in their order; without brand and style number where there are secrets."""
    return tuple(
        replace(
            _customer_style(each, secrets, "" if secrets else each.style_no),
            number=each.position or len(styles) - place,
            brand="" if secrets else each.brand_name,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
        for place, each in enumerate(styles)
    )


def _customer_style(style: SourceStyle, secrets: Sequence[str], style_no: str) -> CustomerStyle:
    if style.price_fen is None:
        raise ValueError("only a style with a retail price is visible")
    name = redact(style.name, secrets) or redact(style.category, secrets) or style_no or redact(GENERIC_NAME, secrets)
    items = tuple(
        CustomerItem(
            item.item_id,
            redact(item.colour, secrets),
            # The name of a brand may equal a size. Then the item shows its number, so that the customer can still choose it.
            redact(item.size, secrets) or redact(f"({place})", secrets),
            availability_of(item.available),
        )
        for place, item in enumerate(style.items, start=1)
    )
    defects = redact(style.defects, secrets)
    return CustomerStyle(style.style_id, style_no, name, style.picture, style.price_fen, items, defects)


_TRADE_WORDS = (
    "有限公司", "旗舰店", "专卖店", "官方", "集团", "公司", "品牌", "服饰", "服装", "时装", "女装", "男装", "童装", "女鞋",
    "男鞋", "鞋业", "箱包", "内衣", "家纺", "珠宝", "饰品", "商贸", "实业",
)  # fmt: skip
_LETTER_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


def brand_words(name: str) -> tuple[str, ...]:
    """The words that reveal a brand: its name, the parts of it («QINGHE 青禾»), and those parts without words of the trade («云杉服饰» →
    «云杉»). A single Chinese character or two Latin letters reveal too little and occur in every text."""
    words = [name]
    for run in _LETTER_RUNS.findall(unicodedata.normalize("NFKC", name)):
        bare = run
        while endings := [word for word in _TRADE_WORDS if bare.endswith(word)]:
            bare = bare[: -len(endings[0])]
        min_length = 3 if run.isascii() else 2
        words += [word for word in (run, bare) if len(word) >= min_length and word not in _TRADE_WORDS]
    return tuple(dict.fromkeys(words))


_MADE_UP_NAME = re.compile(r"接龙 \d{1,3}")


def made_up_name(position: str) -> str:
    """What the wish of an entry of a group list is called where the entry names nobody."""
    return f"接龙 {position}"


def recipient_name(name: str) -> str:
    """The name of whoever left a wish as that of a recipient; "" where it was made up: no parcel is sent to it (FORWARD-8)."""
    return "" if _MADE_UP_NAME.fullmatch(name) else name


def fold_text(text: str) -> str:
    """The letters and digits of a text without case, width, accents, spaces and punctuation."""
    return "".join(letter for letter, _place in _letters(text))


def redact(text: str, secrets: Iterable[str]) -> str:
    """Remove the secrets from a text, however they are spaced or cased, and those that a removal creates (FORWARD-3)."""
    folded_secrets = sorted({folded for secret in secrets if (folded := fold_text(secret))}, key=len, reverse=True)
    if not folded_secrets:
        return text
    while True:
        letters = _letters(text)
        folded = "".join(letter for letter, _place in letters)
        secret = next((word for word in folded_secrets if word in folded), None)
        if secret is None:
            return _tidy(text)
        start = folded.index(secret)
        first, last = letters[start][1], letters[start + len(secret) - 1][1]
        text = f"{text[:first]} {text[last + 1 :]}"


def _letters(text: str) -> list[tuple[str, int]]:
    """The letters and digits of a folded text, each with its position in the text. Each character is folded by itself, so that a part
    of a text folds to a part of the folded text."""
    return [
        (letter, place)
        for place, sign in enumerate(text)
        for letter in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
        if letter.isalnum()
    ]


_EMPTY_BRACKETS = re.compile(r"[(\[（【「『《<]\s*[)\]）】」』》>]")
_EDGE_PUNCTUATION = " ·・-–—/|,，、:：&+×*"


def _tidy(text: str) -> str:
    return " ".join(_EMPTY_BRACKETS.sub(" ", text).split()).strip(_EDGE_PUNCTUATION)


def share_text(view: CustomerView, *, address: str, ends: str, english: bool = False) -> str:
    """The text that a reseller sends to customers, made of what they may see only (FORWARD-3). `ends` is the end in words, or ""."""
    lines = [f"【{view.brand}】{view.title}".strip()] if view.brand else []
    for style in sorted(view.styles[:9], key=lambda each: each.number):
        # In a group people order by number, and the list that they write is read by these numbers.
        number = (f"No. {style.number} " if english else f"{style.number} 号 ") if len(view.styles) > 1 else ""
        lines.append(f"{number}{style.name}  {display_yuan(style.price_fen)}")
        if style.sizes:
            sizes, colours = " / ".join(style.sizes), "、".join(style.colours)
            if english:
                lines.append(f"Sizes {sizes}" + (f" ({', '.join(style.colours)})" if colours else ""))
            else:
                lines.append(f"尺码 {sizes}" + (f"（{colours}）" if colours else ""))
        else:
            lines.append("Sold out" if english else "已售罄")
        if style.defects:
            lines.append(f"Please note: {style.defects}" if english else f"瑕疵说明：{style.defects}")
    if len(view.styles) > 9:
        lines.append(f"… {len(view.styles)} styles in all" if english else f"……共 {len(view.styles)} 款")
    if ends:
        lines.append(f"Until {ends}" if english else f"限时到 {ends}")
    see = "See and order here: " if english else "点开看图、留言下单："
    return "\n".join([*lines, f"{see}{address}"])
