"""Packs of pictures of a forward: asked for by its reseller, drawn by a worker, kept under what they are drawn from (FORWARD-15)."""

import io
import logging
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts.rules import Actor
from accounts.services.people import lock_person
from aftersales.rules import PHOTO_WIDTHS
from aftersales.selectors.customer_photos import read_shown_photo
from aftersales.selectors.photos import NoSuchPhoto
from forwarding.drawing import draw_customer_photo, draw_poster, draw_square
from forwarding.models import Forward, Pack
from forwarding.rules.packs import MAX_SOLD_OUT_HOURS, PackContent, PackState, SoldOut, content_from
from forwarding.selectors.forwards import ForwardView, NoSuchForward, get_forward, get_forward_address
from forwarding.selectors.packs import (
    PACKS,
    PackView,
    content_of_page,
    get_pack_page,
    may_show_photos,
    pack_file_key,
    pack_view,
    packs_with_lost_photos,
)
from forwarding.selectors.seller_pictures import NoSuchSellerPicture, read_seller_picture
from inventory.rules import PICTURE_WIDTHS
from inventory.uploads.selectors import open_picture
from jobs.leases import LEASE, MAX_ATTEMPTS
from kernel.refusal import Conflict, Invalid, TooMany
from kernel.text import normalized, visible
from membership.selectors.people import require_member
from storage.files import delete_objects, get_store, store_bytes
from storage.objects import StorageUnavailable, StoredObject

MAX_PACKS_PER_DAY = 300
"""Of one reseller. A pack that is asked for again with the same content is none."""
KEEP_PACKS = timedelta(days=7)
MAX_REMARK = 200
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
log = logging.getLogger("weicang.packs")


class NothingToDraw(Conflict):
    code = "forwarding.nothing_to_draw"
    zh = "这个页面现在没有顾客看得到的货，或已经收回、结束，不能做图"
    en = "The page has ended, was stopped, or shows no goods, so there are no pictures to draw"


class TooManyPacks(TooMany):
    code = "forwarding.too_many_packs"
    zh = "今天做的图太多了（24 小时最多 {limit} 套），请稍后再做"
    en = "Too many packs of pictures: at most {limit} in 24 hours"
    limit: int


class InvalidDisplay(Invalid):
    code = "forwarding.invalid_display"
    zh = "附言最多 {max_remark} 个字，小时数是 1 到 {max_hours}"
    en = "A remark has at most {max_remark} characters, and hours are 1 to {max_hours}"
    max_remark: int
    max_hours: int


@transaction.atomic
def request_pack(*, actor: Actor, forward_id: int, address: str, now: datetime) -> PackView:
    """Ask for the pictures of a forward as it is now; `address` is that of its page, for the QR code. The entry point enqueues the job.

    The same content is drawn once, however often it is asked for. Refuses a page that is not open or shows nothing, and more than
    MAX_PACKS_PER_DAY in 24 hours.
    """
    reseller = require_member(actor, now)
    page = get_pack_page(reseller.id, get_forward_address(reseller.id, forward_id), at=now)
    if not page.is_open or not (page.view.styles or page.is_storefront):
        raise NothingToDraw
    content = content_of_page(page, address)
    lock_person(actor.own_id)
    row = Pack.objects.filter(forward_id=forward_id, key=content.key).first()
    if row is None:
        asked = Pack.objects.filter(forward__reseller_id=reseller.id, requested_at__gt=now - timedelta(days=1))
        if asked.count() >= MAX_PACKS_PER_DAY:
            raise TooManyPacks(limit=MAX_PACKS_PER_DAY, retry_after_seconds=3600)
        row = Pack(forward_id=forward_id, key=content.key, content=asdict(content))
    elif row.state == PackState.FAILED.value:
        row.attempts = 0
    if row.state != PackState.READY.value:
        row.state = PackState.WAITING.value
    row.requested_at = now
    row.save()
    return pack_view(row, content)


@transaction.atomic
def set_display(
    *, actor: Actor, forward_id: int, sold_out: SoldOut, sold_out_hours: int, remark: str, now: datetime
) -> ForwardView:
    """Choose what the page, the pictures and the text do with sizes that are sold out, and what she says of the goods (FORWARD-16).

    Refuses a remark that is too long, hours beyond MAX_SOLD_OUT_HOURS, and another reseller's forward.
    """
    reseller = require_member(actor, now)
    said = normalized(visible(remark))
    if len(said) > MAX_REMARK or not 1 <= sold_out_hours <= MAX_SOLD_OUT_HOURS:
        raise InvalidDisplay(max_remark=MAX_REMARK, max_hours=MAX_SOLD_OUT_HOURS)
    row = Forward.objects.select_for_update().filter(pk=forward_id, reseller_id=reseller.id).first()
    if row is None:
        raise NoSuchForward
    row.sold_out, row.sold_out_hours, row.remark = sold_out.value, sold_out_hours, said
    row.save(update_fields=["sold_out", "sold_out_hours", "remark"])
    return get_forward(reseller.id, forward_id, at=now)


def waiting_packs(*, now: datetime) -> list[int]:
    """Packs that no living worker draws."""
    rows = Pack.objects.filter(_free(now), state=PackState.WAITING.value).order_by("id")
    return list(rows.values_list("pk", flat=True)[:100])


def make_pack(*, pack_id: int, clock: Callable[[], datetime]) -> bool:
    """Draw the pictures of a pack that waits and store them; False where another worker has it or it does not wait.

    A worker may die at any point: what is stored under a key is what its content draws. What fails MAX_ATTEMPTS times is given up; an
    attempt while the store is away does not count.
    """
    now = clock()
    waiting = Pack.objects.filter(pk=pack_id, state=PackState.WAITING.value)
    if not waiting.filter(_free(now)).update(attempts=F("attempts") + 1, lease_until=now + LEASE):
        return False
    row = Pack.objects.select_related("forward").get(pk=pack_id)
    if not may_show_photos(row.forward.reseller_id, content_from(row.content)):
        # A customer has taken a photo back since it was asked for.
        waiting.delete()
        return True
    if row.attempts > MAX_ATTEMPTS:
        log.error("a pack of pictures could not be drawn", extra={"pack": row.pk})
        waiting.update(state=PackState.FAILED.value, lease_until=None)
        return True
    try:
        files = _store_files(row, clock)
    except NoSuchPhoto:
        waiting.delete()
        return True
    except StorageUnavailable:
        waiting.update(attempts=F("attempts") - 1)
        raise
    waiting.update(state=PackState.READY.value, files=files, made_at=clock(), lease_until=None)
    return True


def purge_packs(*, now: datetime) -> int:
    """Delete packs that were asked for long ago or show a photo that is not lent any more, and files that no pack names; returns how many
    files."""
    Pack.objects.filter(requested_at__lte=now - KEEP_PACKS).delete()
    drop_packs_with_lost_photos()

    def unnamed(page: list[StoredObject]) -> list[StoredObject]:
        known = set(Pack.objects.filter(key__in={_key_of(each) for each in page}).values_list("key", flat=True))
        return [each for each in page if _key_of(each) not in known and each.stored_at < now - timedelta(days=1)]

    return delete_objects(PACKS, unnamed)


def drop_packs_with_lost_photos(reseller_id: int | None = None) -> None:
    """Delete the packs, of one reseller or of all, that show a photo of a customer who has taken it back (AFTER-21)."""
    rows = Pack.objects.filter(content__styles__0__customer_photos__0__isnull=False)
    if reseller_id is not None:
        rows = rows.filter(forward__reseller_id=reseller_id)
    contents: dict[int, dict[int, PackContent]] = {}
    for pack_id, owner_id, content in rows.values_list("pk", "forward__reseller_id", "content"):
        contents.setdefault(owner_id, {})[pack_id] = content_from(content)
    lost = [pack_id for owner_id, own in contents.items() for pack_id in packs_with_lost_photos(owner_id, own)]
    Pack.objects.filter(pk__in=lost).delete()


def draw_files(content: PackContent, *, reseller_id: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a pack: the squares in their order, the poster, and all of them in one archive.

    Raises NoSuchPhoto where a customer has taken a photo back.
    """
    files: list[tuple[str, bytes]] = []

    def add(picture: bytes) -> tuple[str, bytes]:
        files.append((f"{len(files) + 1:02}.jpg", picture))
        return files[-1]

    pictures = {sha256: _web_picture(sha256) for sha256 in {each for _, each in content.squares if each}}
    for style, sha256 in content.squares:
        yield add(draw_square(style, pictures.get(sha256), labelled=not content.is_of_one_style))
    for photo_id in content.photos:
        yield add(draw_customer_photo(read_shown_photo(reseller_id, photo_id, max(PHOTO_WIDTHS))))
    covers = [pictures.get(style.cover) for style in content.styles]
    files.append(("poster.jpg", draw_poster(content, covers, _seller_picture(content.seller_picture))))
    yield files[-1]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), data)
    yield "pack.zip", packed.getvalue()


def _store_files(row: Pack, clock: Callable[[], datetime]) -> list[dict[str, object]]:
    stored = []
    store = get_store()
    for name, data in draw_files(content_from(row.content), reseller_id=row.forward.reseller_id):
        key = pack_file_key(row.key, name)
        # A picture of the goods may have been away when the content was drawn before.
        store.delete(key)
        store_bytes(key, data, now=clock())
        stored.append({"name": name, "size_bytes": len(data)})
    return stored


def _web_picture(sha256: str) -> bytes | None:
    """The larger web size of a picture, which we drew ourselves; None where there is none."""
    file = open_picture(sha256, max(PICTURE_WIDTHS))
    if file is None:
        return None
    with file.content as content:
        return content.read()


def _seller_picture(sha256: str) -> bytes | None:
    """The reseller's own picture; None where she has none, or has removed it since."""
    try:
        return read_seller_picture(sha256) if sha256 else None
    except NoSuchSellerPicture:
        return None


def _key_of(stored: StoredObject) -> str:
    return stored.key.rsplit("/", 2)[-2]


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)
