"""What a customer may see of forwarded styles (FORWARD-2, FORWARD-3, FORWARD-6, FORWARD-12)."""

import enum
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forwarding.rules.redaction import brand_words, redact

MAX_FEW_UNITS = 3
MAX_STYLES_PER_PAGE = 60
MAX_SELECTED_STYLES = 9
"""Of a selection that is forwarded: a nine-grid 九宫格 has so many pictures."""
GENERIC_NAME = "精选好物"
GENERIC_NAME_IN_ENGLISH = "Selected item"


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
    """A size and colour as the platform knows it. `is_drawn`: its units wait for the draw of the sale (SALE-25)."""

    item_id: int
    colour: str
    size: str
    available: int
    label_cut: bool
    is_drawn: bool = False


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """A picture of a style, by its hash; whether it shows the brand's name or logo is what ops say."""

    sha256: str
    has_logo: bool


@dataclass(frozen=True, slots=True)
class SourcePhoto:
    """A photo of a customer that her reseller shows with a style, by its id; `has_logo` is None while ops have not looked (AFTER-21)."""

    id: int
    has_logo: bool | None


@dataclass(frozen=True, slots=True)
class SourceStyle:
    """A style of a sale with its retail price; `floor_fen` is the brand's floor on the frozen list, None where the price is free.

    `position` is its place in a selection, None on the page of a sale or style. `starts_at` and `ends_at` are those of its sale.
    `category` and `generic_name` are in the language of the page; they name it where nothing is left of its own name.
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
    tag_price_fen: int | None = None
    fabric: str = ""
    origin: str = ""
    selling_point: str = ""
    pictures: tuple[SourcePicture, ...] = ()
    size_chart: tuple[tuple[str, ...], ...] = ()
    customer_photos: tuple[SourcePhoto, ...] = ()
    generic_name: str = GENERIC_NAME

    @property
    def label_cut(self) -> bool:
        return any(item.label_cut for item in self.items)

    @property
    def is_visible(self) -> bool:
        """FORWARD-2: the style has a retail price, and it is not below the frozen floor."""
        return self.price_fen is not None and (self.floor_fen is None or self.price_fen >= self.floor_fen)


@dataclass(frozen=True, slots=True)
class FormerStyle:
    """A style that the reseller once priced for a page and that is not among its styles now: customers may have seen it (FORWARD-3)."""

    style_no: str
    brand_name: str
    label_cut: bool


@dataclass(frozen=True, slots=True)
class PageSource:
    """What the platform knows of forwarded styles: more than a customer may see.

    `brand_name` is "" where the styles are of several brands, `sale_title` where they are of several sales.
    """

    brand_name: str
    sale_title: str
    reseller_name: str
    styles: tuple[SourceStyle, ...]
    remark: str = ""
    former_styles: tuple[FormerStyle, ...] = ()

    @property
    def known_styles(self) -> list[FormerStyle]:
        """What customers see of it or may have seen: all of these decide what is hidden (FORWARD-3)."""
        own = (FormerStyle(each.style_no, each.brand_name, each.label_cut) for each in self.styles)
        return [*own, *self.former_styles]


def saving_fen(tag_price_fen: int | None, price_fen: int | None) -> int | None:
    """How much less than the tag price a price is; None where one of them is missing or the price is not lower (FORWARD-26)."""
    if tag_price_fen is None or price_fen is None or price_fen >= tag_price_fen:
        return None
    return tag_price_fen - price_fen


@dataclass(frozen=True, slots=True)
class CustomerItem:
    """A size and colour as a customer sees it. `is_drawn`: it is not sold out, but given out by a draw that is not held yet (SALE-25)."""

    item_id: int
    colour: str
    size: str
    availability: Availability
    is_drawn: bool = False


@dataclass(frozen=True, slots=True)
class CustomerStyle:
    """A style as a customer sees it; `style_no` and `brand` are "" where they would reveal the brand. `picture` is the hash of a file.

    `number` counts the styles of the page from the one that was priced first, so that a style priced later changes no number; in a
    selection it is the position that the reseller gave it. `starts_at` and `ends_at` are those of its sale. `pictures` are hashes, the
    cover first; `tag_price_fen` is None where the label is cut (FORWARD-2). `label_kept` decides what can be returned (FORWARD-26).
    `customer_photos` are ids of photos; where the brand is hidden, of those in which ops saw no logo.
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
    tag_price_fen: int | None = None
    fabric: str = ""
    origin: str = ""
    selling_point: str = ""
    pictures: tuple[str, ...] = ()
    size_chart: tuple[tuple[str, ...], ...] = ()
    customer_photos: tuple[int, ...] = ()
    label_kept: bool = False

    @property
    def saving_fen(self) -> int | None:
        """How much less than the tag price it costs; None where there is no tag price to be shown or it costs no less."""
        return saving_fen(self.tag_price_fen, self.price_fen)

    @property
    def availability(self) -> Availability:
        return next(
            (each for each in Availability if any(item.availability is each for item in self.items)), Availability.NONE
        )

    @property
    def is_drawn(self) -> bool:
        """Whether none of it is available, and some of it waits for a draw."""
        return self.availability is Availability.NONE and any(item.is_drawn for item in self.items)

    def why_none(self, *, english: bool) -> str:
        """Why no size of it is available."""
        if self.is_drawn:
            return "Given out by a draw" if english else "要抽签"
        return "Sold out" if english else "已售罄"

    @property
    def sizes(self) -> list[str]:
        """The sizes that are available, each once, in the order of the items."""
        return list(dict.fromkeys(item.size for item in self.items if item.availability is not Availability.NONE))

    @property
    def sizes_by_colour(self) -> dict[str, list[str]]:
        """The sizes that are available of each colour, in the order of the items; "" is a colour without a name."""
        found: dict[str, dict[str, None]] = {}
        for item in self.items:
            if item.availability is not Availability.NONE:
                found.setdefault(item.colour, {})[item.size] = None
        return {colour: list(sizes) for colour, sizes in found.items()}

    @property
    def colours(self) -> list[str]:
        there = (item.colour for item in self.items if item.availability is not Availability.NONE and item.colour)
        return list(dict.fromkeys(there))


@dataclass(frozen=True, slots=True)
class CustomerView:
    """All that a customer sees. `brand` and `title` are "" where any style is sold with its label cut (FORWARD-3).

    `remark` is what the reseller says of the goods.
    """

    brand_hidden: bool
    brand: str
    title: str
    reseller_name: str
    styles: tuple[CustomerStyle, ...]
    remark: str = ""

    @property
    def item_ids(self) -> frozenset[int]:
        """The items that a wish may name, unless it waits for sold-out ones."""
        return frozenset(
            item.item_id for each in self.styles for item in each.items if item.availability is not Availability.NONE
        )

    def styles_of(self, item_ids: Collection[int]) -> frozenset[int]:
        """The styles of the page that have one of these items."""
        return frozenset(each.style_id for each in self.styles if any(item.item_id in item_ids for item in each.items))

    def sold_out_ids(self, at: datetime) -> frozenset[int]:
        """The sold-out items of sales that have begun: a customer may wait for them (FORWARD-29)."""
        begun = (each for each in self.styles if each.starts_at is None or each.starts_at <= at)
        return frozenset(
            item.item_id
            for each in begun
            for item in each.items
            if item.availability is Availability.NONE and not item.is_drawn
        )


def customer_view(source: PageSource) -> CustomerView:
    """Derive what a customer may see from what the platform knows (FORWARD-2, FORWARD-3)."""
    styles = [each for each in source.styles if each.is_visible]
    known = source.known_styles
    if not any(each.label_cut for each in known):
        return CustomerView(
            brand_hidden=False,
            brand=source.brand_name,
            title=source.sale_title,
            reseller_name=source.reseller_name,
            styles=_customer_styles(styles, ()),
            remark=source.remark,
        )
    names = dict.fromkeys((source.brand_name, *(each.brand_name for each in known)))
    secrets = (*(word for name in names for word in brand_words(name)), *(each.style_no for each in known))
    return CustomerView(
        brand_hidden=True,
        brand="",
        title="",
        reseller_name=redact(source.reseller_name, secrets),
        styles=_customer_styles(styles, secrets),
        remark=redact(source.remark, secrets),
    )


def _customer_styles(styles: Sequence[SourceStyle], secrets: Sequence[str]) -> tuple[CustomerStyle, ...]:
    """The styles in their order; without brand and style number where there are secrets."""
    return tuple(
        replace(
            customer_style(each, secrets, "" if secrets else each.style_no, without_logos=bool(secrets)),
            number=each.position or len(styles) - place,
            brand="" if secrets else each.brand_name,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
        for place, each in enumerate(styles)
    )


def customer_style(style: SourceStyle, secrets: Sequence[str], style_no: str, *, without_logos: bool) -> CustomerStyle:
    """A style without the secrets in its texts, and without pictures of logos where its brand is hidden."""
    if style.price_fen is None:
        raise ValueError("only a style with a retail price is visible")
    name = redact(style.name, secrets) or redact(style.category, secrets) or style_no
    name = name or redact(style.generic_name, secrets)
    items = tuple(
        CustomerItem(
            item.item_id,
            redact(item.colour, secrets),
            # The name of a brand may equal a size. Then the item shows its number, so that the customer can still choose it.
            redact(item.size, secrets) or redact(f"({place})", secrets),
            availability_of(item.available),
            item.is_drawn,
        )
        for place, item in enumerate(style.items, start=1)
    )
    pictures = tuple(each.sha256 for each in style.pictures if not (without_logos and each.has_logo))
    return CustomerStyle(
        style.style_id,
        style_no,
        name,
        picture=style.picture if style.picture in pictures or not style.pictures else next(iter(pictures), ""),
        price_fen=style.price_fen,
        items=items,
        defects=redact(style.defects, secrets),
        tag_price_fen=None if style.label_cut else style.tag_price_fen,
        label_kept=not style.label_cut,
        fabric=redact(style.fabric, secrets),
        origin=redact(style.origin, secrets),
        selling_point=redact(style.selling_point, secrets),
        pictures=pictures,
        size_chart=tuple(tuple(redact(cell, secrets) for cell in row) for row in style.size_chart),
        customer_photos=tuple(each.id for each in style.customer_photos if not without_logos or each.has_logo is False),
    )
