"""What a customer may see of forwarded goods, and what she may leave (FORWARD-1 to FORWARD-6, see docs/rules/forwarding.md)."""

import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernel.money import display_yuan

MAX_FEW_UNITS = 3
MAX_WISH_UNITS = 99
MAX_OPEN_WISHES = 200
MAX_WISHES_PER_PAGE_AND_HOUR = 60
MAX_WISHES_PER_VISITOR_AND_HOUR = 10
MAX_STYLES_PER_PAGE = 60


class Availability(enum.StrEnum):
    """What is left, as a customer is told: a word, never a number of the warehouse."""

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
    """Whether a program that is no browser says so: search engines, link previews of messengers, scripts. They are not counted."""
    return bool(_ROBOT.search(user_agent))


class WishState(enum.StrEnum):
    NEW = "new"
    ORDERED = "ordered"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A size and colour as the house knows it."""

    item_id: int
    colour: str
    size: str
    available: int
    label_cut: bool


@dataclass(frozen=True, slots=True)
class SourceStyle:
    """A style of a sale with what its reseller asks; `floor_fen` is the brand's on the frozen list, None where her price is free."""

    style_id: int
    style_no: str
    name: str
    category: str
    picture: str
    price_fen: int | None
    floor_fen: int | None
    items: tuple[SourceItem, ...]
    defects: str = ""

    @property
    def label_cut(self) -> bool:
        return any(item.label_cut for item in self.items)

    @property
    def is_visible(self) -> bool:
        """FORWARD-2: with a price of hers, and none that the frozen floor forbids."""
        return self.price_fen is not None and (self.floor_fen is None or self.price_fen >= self.floor_fen)


@dataclass(frozen=True, slots=True)
class PageSource:
    """What the house knows of what a reseller forwards: more than a customer may."""

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
    """A style as a customer sees it; `style_no` is "" where it would give the brand away. `picture` is the hash of a file."""

    style_id: int
    style_no: str
    name: str
    picture: str
    price_fen: int
    items: tuple[CustomerItem, ...]
    defects: str = ""

    @property
    def availability(self) -> Availability:
        return next(
            (each for each in Availability if any(item.availability is each for item in self.items)), Availability.NONE
        )

    @property
    def sizes(self) -> list[str]:
        """The sizes that are still there, each once, in the order of the pieces."""
        return list(dict.fromkeys(item.size for item in self.items if item.availability is not Availability.NONE))

    @property
    def colours(self) -> list[str]:
        there = (item.colour for item in self.items if item.availability is not Availability.NONE and item.colour)
        return list(dict.fromkeys(there))


@dataclass(frozen=True, slots=True)
class CustomerView:
    """All that a customer sees. `brand` and `title` are "" where any of the goods is sold with its label cut (FORWARD-3)."""

    brand_hidden: bool
    brand: str
    title: str
    reseller_name: str
    styles: tuple[CustomerStyle, ...]

    @property
    def item_ids(self) -> frozenset[int]:
        """What may be wished for."""
        return frozenset(
            item.item_id for each in self.styles for item in each.items if item.availability is not Availability.NONE
        )


GENERIC_NAME = "精选好物"


def customer_view(source: PageSource) -> CustomerView:
    """What a customer may see of what the house knows (FORWARD-2, FORWARD-3)."""
    styles = [each for each in source.styles if each.is_visible]
    if not any(each.label_cut for each in styles):
        return CustomerView(
            brand_hidden=False,
            brand=source.brand_name,
            title=source.sale_title,
            reseller_name=source.reseller_name,
            styles=tuple(_customer_style(each, (), each.style_no) for each in styles),
        )
    secrets = (*brand_words(source.brand_name), *(each.style_no for each in styles))
    return CustomerView(
        brand_hidden=True,
        brand="",
        title="",
        reseller_name=redact(source.reseller_name, secrets),
        styles=tuple(_customer_style(each, secrets, "") for each in styles),
    )


def _customer_style(style: SourceStyle, secrets: Sequence[str], style_no: str) -> CustomerStyle:
    assert style.price_fen is not None, "only goods with a price may be seen"
    name = redact(style.name, secrets) or redact(style.category, secrets) or style_no or redact(GENERIC_NAME, secrets)
    items = tuple(
        CustomerItem(
            item.item_id,
            redact(item.colour, secrets),
            # A brand may be called like a size; the customer must still be able to say which one she wants.
            redact(item.size, secrets) or redact(f"({place})", secrets),
            availability_of(item.available),
        )
        for place, item in enumerate(style.items, start=1)
    )
    defects = redact(style.defects, secrets)
    return CustomerStyle(style.style_id, style_no, name, style.picture, style.price_fen, items, defects)


_TRADE = (
    "有限公司", "旗舰店", "专卖店", "官方", "集团", "公司", "品牌", "服饰", "服装", "时装", "女装", "男装", "童装", "女鞋",
    "男鞋", "鞋业", "箱包", "内衣", "家纺", "珠宝", "饰品", "商贸", "实业",
)  # fmt: skip
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


def brand_words(name: str) -> tuple[str, ...]:
    """What gives a brand away: its name, the parts of it («QINGHE 青禾»), and what is left of them without words of the trade
    («云杉服饰» → «云杉»). Parts of a single sign, or two Latin letters, say too little and occur in every word."""
    words = [name]
    for run in _RUNS.findall(unicodedata.normalize("NFKC", name)):
        bare = run
        while ends := [word for word in _TRADE if bare.endswith(word)]:
            bare = bare[: -len(ends[0])]
        least = 3 if run.isascii() else 2
        words += [word for word in (run, bare) if len(word) >= least and word not in _TRADE]
    return tuple(dict.fromkeys(words))


def fold_text(text: str) -> str:
    """A text as an eye takes it in: no case, no width, no accents, no spaces or signs between the letters."""
    return "".join(letter for letter, _place in _letters(text))


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets, however they are spaced or cased; what falls together anew is taken out too (FORWARD-3)."""
    wanted = sorted({folded for secret in secrets if (folded := fold_text(secret))}, key=len, reverse=True)
    if not wanted:
        return text
    while True:
        letters = _letters(text)
        folded = "".join(letter for letter, _place in letters)
        found = next((word for word in wanted if word in folded), None)
        if found is None:
            return _tidied(text)
        start = folded.index(found)
        first, last = letters[start][1], letters[start + len(found) - 1][1]
        text = f"{text[:first]} {text[last + 1 :]}"


def _letters(text: str) -> list[tuple[str, int]]:
    """The letters and figures of a folded text, each with its place in the text itself. Folding goes sign by sign, so that what is
    true of a part is true of the whole."""
    return [
        (letter, place)
        for place, sign in enumerate(text)
        for letter in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
        if letter.isalnum()
    ]


_EMPTY_BRACKETS = re.compile(r"[(\[（【「『《<]\s*[)\]）】」』》>]")
_LEFT_AT_THE_EDGES = " ·・-–—/|,，、:：&+×*"


def _tidied(text: str) -> str:
    return " ".join(_EMPTY_BRACKETS.sub(" ", text).split()).strip(_LEFT_AT_THE_EDGES)


def share_text(view: CustomerView, *, address: str, ends: str, english: bool = False) -> str:
    """What a reseller pastes to her customers: of what is shown, and nothing else (FORWARD-3). `ends` is the end in words, or ""."""
    lines = [f"【{view.brand}】{view.title}"] if view.brand else []
    for style in view.styles[:9]:
        lines.append(f"{style.name}  {display_yuan(style.price_fen)}")
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
