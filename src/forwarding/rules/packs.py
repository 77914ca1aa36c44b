"""What a pack of pictures shows of a forward, and what has changed since it was made (FORWARD-15 to FORWARD-17)."""

import enum
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from forwarding.rules.pages import Availability, CustomerStyle, CustomerView

MAX_PACK_STYLES = 9
MAX_PACK_PICTURES = 9
MAX_PACK_PHOTOS = 3
"""Of customers, among the pictures of one style."""
DRAWING_VERSION = 2
"""Counts the designs of posters: a pack that was drawn in another one is drawn anew."""
MAX_SOLD_OUT_HOURS = 48


class SoldOut(enum.StrEnum):
    """What a reseller wants to be done with sizes that are sold out (FORWARD-16)."""

    ALWAYS = "always"
    """They are shown as sold out."""
    NEVER = "never"
    FIRST_HOURS = "first_hours"
    """Shown in the first hours, so that customers see how fast it goes; then no longer."""


def without_sold_out(
    view: CustomerView, choice: SoldOut, *, hours: int, forwarded_at: datetime, at: datetime
) -> CustomerView:
    """The page as its reseller wants it: without sizes that are sold out where she hides them (FORWARD-16).

    The first hours of a style begin when it was forwarded, or when its sale began if that was later. A style without any size left is
    not on a page of several, and stays on a page that would be empty without it.
    """
    styles = tuple(_without_sold_out(each, choice, hours=hours, since=forwarded_at, at=at) for each in view.styles)
    left = tuple(each for each in styles if each.items)
    return replace(view, styles=left or styles[:1])


def _without_sold_out(
    style: CustomerStyle, choice: SoldOut, *, hours: int, since: datetime, at: datetime
) -> CustomerStyle:
    began = max(since, style.starts_at) if style.starts_at else since
    if choice is SoldOut.ALWAYS or (choice is SoldOut.FIRST_HOURS and at < began + timedelta(hours=hours)):
        return style
    return replace(style, items=tuple(each for each in style.items if each.availability is not Availability.NONE))


class PackState(enum.StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PackStyle:
    """A style as a pack shows it; `number` is 0 on a storefront. `pictures` are hashes in order,
    `customer_photos` ids.

    `tag_price_fen` is None where the label is cut.
    """

    style_id: int
    number: int
    name: str
    price_fen: int
    tag_price_fen: int | None
    sizes: tuple[str, ...]
    sold_out: tuple[str, ...]
    selling_point: str
    defects: str
    pictures: tuple[str, ...]
    customer_photos: tuple[int, ...] = ()

    @property
    def cover(self) -> str:
        return self.pictures[0] if self.pictures else ""


@dataclass(frozen=True, slots=True)
class PackContent:
    """All that the pictures of a pack are drawn from, and nothing else is: the same content gives the same pictures.

    `notice` is what she tells the customers of her storefront.

    `total_styles` counts those of the page, of which a pack shows MAX_PACK_STYLES. `seller_picture` is the hash of the reseller's own.
    """

    seller: str
    address: str
    ends: str
    total_styles: int
    styles: tuple[PackStyle, ...]
    seller_picture: str = ""
    is_storefront: bool = False
    notice: str = ""
    brand_hidden: bool = False

    @property
    def key(self) -> str:
        """The SHA-256 that names the content."""
        text = json.dumps([DRAWING_VERSION, asdict(self)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def is_of_one_style(self) -> bool:
        return self.total_styles == 1 and not self.is_storefront

    @property
    def squares(self) -> list[tuple[PackStyle, str]]:
        """The square pictures in their order: of one style all of its pictures, of several the cover of each."""
        if self.is_of_one_style:
            most = MAX_PACK_PICTURES - len(self.photos)
            return [(style, sha256) for style in self.styles for sha256 in style.pictures[:most] or ("",)]
        return [(style, style.cover) for style in self.styles]

    @property
    def photos(self) -> list[int]:
        """The photos of customers, behind the squares of one style; the squares of several have none."""
        if not self.is_of_one_style:
            return []
        return [each for style in self.styles for each in style.customer_photos[:MAX_PACK_PHOTOS]]


def cheapest_first(styles: Sequence[CustomerStyle]) -> list[CustomerStyle]:
    """The order of packs and of the text to paste; each style keeps its number."""
    return sorted(styles, key=lambda each: (each.price_fen, each.number))


def pack_content(view: CustomerView, *, address: str, ends: str, seller_picture: str = "") -> PackContent:
    """The content of a pack, made of what customers may see only (FORWARD-2, FORWARD-3)."""
    return PackContent(
        seller=view.reseller_name,
        address=address,
        ends=ends,
        total_styles=len(view.styles),
        seller_picture=seller_picture,
        brand_hidden=view.brand_hidden,
        styles=tuple(_pack_style(each) for each in cheapest_first(view.styles)[:MAX_PACK_STYLES]),
    )


def storefront_content(view: CustomerView, *, address: str, seller_picture: str) -> PackContent:
    """The content of the pack of a storefront: its goods in the order of the page, without numbers (FORWARD-28)."""
    return PackContent(
        seller=view.reseller_name,
        address=address,
        ends="",
        total_styles=len(view.styles),
        styles=tuple(replace(_pack_style(each), number=0) for each in view.styles[:MAX_PACK_STYLES]),
        seller_picture=seller_picture,
        brand_hidden=view.brand_hidden,
        is_storefront=True,
        notice=view.remark,
    )


def _pack_style(style: CustomerStyle) -> PackStyle:
    sizes = tuple(style.sizes)
    return PackStyle(
        style_id=style.style_id,
        number=style.number,
        name=style.name,
        price_fen=style.price_fen,
        tag_price_fen=style.tag_price_fen,
        sizes=sizes,
        sold_out=tuple(dict.fromkeys(item.size for item in style.items if item.size not in sizes)),
        selling_point=style.selling_point,
        defects=style.defects,
        pictures=style.pictures,
        customer_photos=style.customer_photos,
    )


def content_from(stored: Mapping[str, Any]) -> PackContent:
    """The content of a pack from what `dataclasses.asdict` made of it."""
    lists = ("sizes", "sold_out", "pictures", "customer_photos")
    styles: list[dict[str, Any]] = [
        {**each, **{name: tuple(each[name]) for name in lists if name in each}} for each in stored["styles"]
    ]
    return PackContent(**{**stored, "styles": tuple(PackStyle(**each) for each in styles)})


class ChangeKind(enum.StrEnum):
    PRICE = "price"
    SOLD_OUT = "sold_out"
    BACK = "back"
    ADDED = "added"
    GONE = "gone"
    PICTURES = "pictures"
    SELLER_PICTURE = "seller_picture"
    NAME = "name"
    """Of the storefront, or its notice."""


@dataclass(frozen=True, slots=True)
class PackChange:
    """What is no longer as a pack shows it. `sizes` are those that are sold out or back; `price_fen` is the price now.

    `number` is 0 and `name` "" where it is about no style.
    """

    kind: ChangeKind
    number: int
    name: str
    sizes: tuple[str, ...] = ()
    price_fen: int = 0


def changes_since(before: PackContent, now: PackContent) -> list[PackChange]:
    """What has changed since a pack was made, style by style in the order of the pack (FORWARD-17)."""
    changes = []
    present = {each.style_id: each for each in now.styles}
    for old in before.styles:
        new = present.pop(old.style_id, None)
        if new is None:
            changes.append(PackChange(ChangeKind.GONE, old.number, old.name))
            continue
        if new.price_fen != old.price_fen:
            changes.append(PackChange(ChangeKind.PRICE, new.number, new.name, price_fen=new.price_fen))
        if gone := tuple(size for size in old.sizes if size not in new.sizes):
            changes.append(PackChange(ChangeKind.SOLD_OUT, new.number, new.name, gone))
        if back := tuple(size for size in new.sizes if size not in old.sizes):
            changes.append(PackChange(ChangeKind.BACK, new.number, new.name, back))
        if (new.pictures, new.customer_photos) != (old.pictures, old.customer_photos):
            changes.append(PackChange(ChangeKind.PICTURES, new.number, new.name))
    changes += [PackChange(ChangeKind.ADDED, new.number, new.name, price_fen=new.price_fen) for new in present.values()]
    if now.seller_picture != before.seller_picture:
        changes.append(PackChange(ChangeKind.SELLER_PICTURE, 0, ""))
    if now.is_storefront and (now.seller, now.notice) != (before.seller, before.notice):
        changes.append(PackChange(ChangeKind.NAME, 0, ""))
    return changes
