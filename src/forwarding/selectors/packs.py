"""The packs of a forward, as its reseller sees them (FORWARD-15, FORWARD-17)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import override

from aftersales.selectors.customer_photos import ShownPhoto, find_shown_photos
from db.rows import view_of
from forwarding.models import Pack
from forwarding.rules.channels import BuiltInChannel
from forwarding.rules.packs import (
    MAX_PACK_STYLES,
    PackChange,
    PackContent,
    PackState,
    changes_since,
    content_from,
    pack_content,
    storefront_content,
)
from forwarding.selectors.forwards import CustomerPage, ForwardAddress, get_forward_address, get_own_customer_page
from forwarding.selectors.storefronts import get_own_storefront_page
from kernel.period import SHANGHAI
from kernel.refusal import Missing
from storage.files import StoredFile, content_key, get_store
from storage.objects import ObjectMissing

PACKS = "packs"
PACK_LANGUAGE = "zh-hans"
"""Of all that is drawn, whoever asks for it."""
ARCHIVE = "pack.zip"
_FILE = re.compile(r"(?:[0-9]{2}|poster)\.jpg|pack\.zip")


class NoSuchPack(Missing):
    code = "forwarding.no_such_pack"
    zh = "还没有做过图"
    en = "No pictures have been drawn yet"


class NoSuchPackFile(Missing):
    code = "forwarding.no_such_pack_file"
    zh = "没有这张图，或图已过期，请重新做一套"
    en = "There is no such picture, or it has expired; have the pack drawn again"


@dataclass(frozen=True, slots=True)
class PackFile:
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OpenPackFile(StoredFile):
    """A file of a pack. `version` is another one wherever its bytes are."""

    version: str


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack of pictures. `changes` are what is no longer as its pictures show it; `files` are empty until it is ready."""

    id: int
    state: PackState
    requested_at: datetime
    made_at: datetime | None
    files: list[PackFile]
    changes: list[PackChange]

    @property
    def pictures(self) -> list[PackFile]:
        """The squares in their order, then the poster."""
        return [each for each in self.files if each.name != ARCHIVE]

    @property
    def archive_bytes(self) -> int:
        return next((each.size_bytes for each in self.files if each.name == ARCHIVE), 0)


def content_of_page(page: CustomerPage, address: str) -> PackContent:
    """What the pictures of a page are drawn from. Its end is told in the time of Shanghai; the QR code is of the channel of posters."""
    code = f"{address}?c={BuiltInChannel.POSTER}"
    if page.is_storefront:
        return storefront_content(page.view, address=code, seller_picture=page.seller_picture)
    ends = f"{page.ends_at.astimezone(SHANGHAI):%m-%d %H:%M}" if page.ends_at else ""
    return pack_content(page.view, address=code, ends=ends, seller_picture=page.seller_picture)


def get_latest_pack(reseller_id: int, forward_id: int, *, address: str, at: datetime) -> PackView | None:
    """The pack that was asked for last, beside the page as it is now; None where none was. Refuses another reseller's forward."""
    row = Pack.objects.filter(forward_id=forward_id).order_by("-requested_at", "-id").first()
    page = get_pack_page(reseller_id, get_forward_address(reseller_id, forward_id), at=at)
    if row is None or not may_show_photos(reseller_id, content_from(row.content)):
        return None
    return pack_view(row, content_of_page(page, address))


def may_show_photos(reseller_id: int, content: PackContent) -> bool:
    """Whether each photo of a customer in a pack is lent and shown at this moment, and without a logo where the brand is hidden."""
    return not content.photos or _may_show(content, find_shown_photos(reseller_id, content.photos))


def packs_with_lost_photos(reseller_id: int, contents: Mapping[int, PackContent]) -> list[int]:
    """Which of these packs of a reseller, by their ids, show a photo that they may not show any more; one statement for all of them."""
    shown = find_shown_photos(reseller_id, {photo for content in contents.values() for photo in content.photos})
    return [pack_id for pack_id, content in contents.items() if not _may_show(content, shown)]


def _may_show(content: PackContent, shown: Mapping[int, ShownPhoto]) -> bool:
    return all(each in shown and (not content.brand_hidden or shown[each].has_logo is False) for each in content.photos)


def get_pack_page(reseller_id: int, of: ForwardAddress, *, at: datetime) -> CustomerPage:
    """The page that the pictures of a forward show; of a storefront the goods that she priced last (FORWARD-28)."""
    with override(PACK_LANGUAGE):
        if of.is_storefront:
            return get_own_storefront_page(reseller_id, of.id, limit=MAX_PACK_STYLES, at=at)
        return get_own_customer_page(reseller_id, of.id, at=at)


def pack_view(row: Pack, now: PackContent) -> PackView:
    return view_of(
        PackView,
        row,
        state=PackState(row.state),
        files=[PackFile(**each) for each in row.files],
        changes=changes_since(content_from(row.content), now),
    )


def open_pack_file(reseller_id: int, forward_id: int, pack_id: int, name: str) -> OpenPackFile:
    """A file of a pack of her own; the caller closes it. Refused where a customer has taken a photo of the pack back (AFTER-21)."""
    rows = Pack.objects.filter(pk=pack_id, forward_id=forward_id, forward__reseller_id=reseller_id)
    row = rows.filter(state=PackState.READY.value).first() if _FILE.fullmatch(name) else None
    if row is None or not may_show_photos(reseller_id, content_from(row.content)):
        raise NoSuchPackFile
    saved_as = f"{forward_id}-{pack_id}-{name}" if name != ARCHIVE else f"{forward_id}-{pack_id}.zip"
    try:
        return OpenPackFile(get_store().open(pack_file_key(row.key, name)), saved_as, f"{row.key}/{name}")
    except ObjectMissing as cause:
        raise NoSuchPackFile from cause


def pack_file_key(key: str, name: str) -> str:
    return f"{content_key(PACKS, key)}/{name}"
