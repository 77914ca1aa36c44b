"""Photos of cases: taken, shrunk, stripped of metadata and stored; erased in time (AFTER-13)."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor, Role, require_roles
from accounts.services.people import lock_person
from aftersales.models.cases import CasePhoto
from aftersales.models.enquiries import MessagePhoto
from aftersales.models.fault_reports import FaultReportPhoto
from aftersales.models.photos import Photo
from aftersales.rules import MAX_PHOTOS, MAX_REPORT_PHOTOS, PHOTO_WIDTHS
from aftersales.selectors.photos import PHOTOS, NoSuchPhoto, PhotoView, photo_key, photo_view
from imports.pictures import PICTURE_LIMITS, WebSizes, web_sizes_in_child
from kernel.refusal import Busy, Invalid, TooMany
from storage.files import delete_objects, store_bytes
from storage.objects import StoredObject

DAY = timedelta(days=1)
KEPT_UNUSED = DAY
"""How long a photo is kept that no case and no message names."""
WAIT_SECONDS = 10.0
_LIMITS = replace(PICTURE_LIMITS, seconds=6.0)
_decoding = threading.BoundedSemaphore(1)
"""One photo is decoded at a time in a web process: a decoder takes a CPU and up to 256 MB."""
_BATCH = 1000


StoredPhotos = Sequence[Photo]
"""Photos whose files are stored and whose rows are not saved yet."""


class Readable(Protocol):
    """A file that was sent."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""


class TooManyPhotos(Invalid):
    code = "aftersales.too_many_photos"
    zh = "最多 {max_photos} 张照片"
    en = "At most {max_photos} photos"
    max_photos: int


class PhotoTooLarge(Invalid):
    code = "aftersales.photo_too_large"
    zh = "第 {number} 张照片超过 {max_mb} MB，请压缩后再传"
    en = "Photo {number} is larger than {max_mb} MB; make it smaller"
    number: int
    max_mb: int


class NotAPhoto(Invalid):
    code = "aftersales.not_a_photo"
    zh = "第 {number} 个文件不是能打开的照片（支持 JPEG、PNG、WebP、GIF、BMP、TIFF）"
    en = "File {number} is no photo that can be opened (JPEG, PNG, WebP, GIF, BMP, TIFF)"
    number: int


class PhotoQuotaReached(TooMany):
    code = "aftersales.photo_quota_reached"
    zh = "今天传的照片太多了（24 小时最多 {max_photos} 张），请稍后再传"
    en = "Too many photos: at most {max_photos} in 24 hours"
    max_photos: int


class TooManyDecoding(Busy):
    code = "aftersales.too_many_decoding"
    zh = "现在传照片的人太多，请稍等几秒再试"
    en = "Too many photos are being sent at this moment; try again in a few seconds"


def add_photos(*, actor: Actor, files: Sequence[Readable], now: datetime) -> list[PhotoView]:
    """Store photos that somebody is about to send with a case or a message, and return them in the order of `files`.

    Each is decoded in a child process and stored as JPEG in PHOTO_WIDTHS; what was sent is kept nowhere, so neither place nor device of the
    picture is. Refuses, before anything is stored, more than MAX_PHOTOS files, a file that is too large or no picture, and more photos
    than a person may send in 24 hours.
    """
    require_roles(actor, Role.RESELLER, Role.OPS, Role.BRAND)
    if len(files) > MAX_PHOTOS:
        raise TooManyPhotos(max_photos=MAX_PHOTOS)
    _require_quota(actor, len(files), now)
    rows = _store_files(actor.own_id, files, now=now)
    with transaction.atomic():
        # Photos that the same person sent at the same time may have been stored since.
        lock_person(actor.own_id)
        _require_quota(actor, len(rows), now)
        for row in rows:
            row.save()
    return [photo_view(row) for row in rows]


def store_customer_photos(*, person_id: int, files: Sequence[Readable], now: datetime) -> StoredPhotos:
    """Store the files of photos that a customer sends her reseller, who is `person_id`; the rows are not saved yet.

    Whoever saves them names them in the same transaction (AFTER-19). They do not count towards the photos that the reseller may send
    herself. Refuses, before anything is stored, more than MAX_REPORT_PHOTOS files, a file that is too large, and one that is no picture.
    """
    if len(files) > MAX_REPORT_PHOTOS:
        raise TooManyPhotos(max_photos=MAX_REPORT_PHOTOS)
    rows = _store_files(person_id, files, now=now)
    for row in rows:
        row.is_from_customer = True
    return rows


def _store_files(person_id: int, files: Sequence[Readable], *, now: datetime) -> list[Photo]:
    """Rows for the photos, whose files are stored once all of them were decoded."""
    decoded = [_decoded(person_id, number, file, now) for number, file in enumerate(files, start=1)]
    for row, sizes in decoded:
        for width, content in sizes.items():
            store_bytes(photo_key(row.sha256, width), content, now=now)
    return [row for row, _ in decoded]


def _require_quota(actor: Actor, count: int, now: datetime) -> None:
    own = Photo.objects.filter(person_id=actor.own_id, is_from_customer=False)
    if own.filter(stored_at__gt=now - DAY).count() + count > settings.MAX_PHOTOS_PER_DAY:
        raise PhotoQuotaReached(max_photos=settings.MAX_PHOTOS_PER_DAY, retry_after_seconds=3600)


def decode_photo(
    file: Readable, *, widths: Sequence[int], is_square: bool = False, number: int = 1
) -> tuple[WebSizes, int]:
    """A photo that somebody sent as JPEGs of these widths without metadata, and how many bytes were sent; nothing is stored.

    It is decoded in a child process, one at a time. Refuses a file that is too large and one that is no picture by its `number`.
    """
    limit = settings.MAX_PHOTO_BYTES
    content = file.read(limit + 1)
    if len(content) > limit:
        raise PhotoTooLarge(number=number, max_mb=limit // (1024 * 1024))
    if not _decoding.acquire(timeout=WAIT_SECONDS):
        raise TooManyDecoding
    try:
        found = web_sizes_in_child(content, widths, is_square=is_square, limits=_LIMITS)
    finally:
        _decoding.release()
    if not found.versions:
        raise NotAPhoto(number=number)
    return found, len(content)


def _decoded(person_id: int, number: int, file: Readable, now: datetime) -> tuple[Photo, dict[int, bytes]]:
    found, size_bytes = decode_photo(file, widths=PHOTO_WIDTHS, number=number)
    row = Photo(
        person_id=person_id,
        sha256=hashlib.sha256(found.versions[max(PHOTO_WIDTHS)]).hexdigest(),
        width=found.width,
        height=found.height,
        size_bytes=size_bytes,
        stored_at=now,
    )
    return row, found.versions


def lock_own_photos(actor: Actor, photo_ids: Sequence[int]) -> list[Photo]:
    """Photos that the person sent, locked against being erased until the transaction ends. Refuses others and more than MAX_PHOTOS."""
    unique = sorted(set(photo_ids))
    if len(unique) > MAX_PHOTOS:
        raise TooManyPhotos(max_photos=MAX_PHOTOS)
    rows = (
        Photo.objects.select_for_update().filter(pk__in=unique, person_id=actor.own_id, erased_at=None).order_by("pk")
    )
    found = list(rows)
    if missing := set(unique) - {row.pk for row in found}:
        raise NoSuchPhoto(photo_id=min(missing))
    return found


def erase_photos(*, now: datetime) -> int:
    """Erase photos that nothing names after a day, those whose cases and enquiries all ended before KEEP_CASE_PHOTOS, and those whose
    reports of a fault were erased.

    Returns how many files were deleted.

    Rows are marked first and files deleted afterwards, so that an interrupted run leaves no photo without its file. It may be repeated.
    """
    unused = Q(case_photos__isnull=True, message_photos__isnull=True, report_photos__isnull=True)
    kept_since = now - settings.KEEP_CASE_PHOTOS
    cases = CasePhoto.objects.filter(Q(case__ended_at__isnull=True) | Q(case__ended_at__gt=kept_since))
    closed_at = "message__enquiry__closed_at"
    threads = MessagePhoto.objects.filter(Q(**{f"{closed_at}__isnull": True}) | Q(**{f"{closed_at}__gt": kept_since}))
    reports = FaultReportPhoto.objects.filter(report__erased_at=None)
    due = (
        Photo.objects.filter(~unused | Q(stored_at__lt=now - KEPT_UNUSED), erased_at=None)
        .exclude(pk__in=cases.values("photo_id"))
        .exclude(pk__in=threads.values("photo_id"))
        .exclude(pk__in=reports.values("photo_id"))
    )
    while ids := list(due.order_by("pk").values_list("pk", flat=True).distinct()[:_BATCH]):
        with transaction.atomic():
            # A case may have taken an unused photo since: what is locked is looked at once more.
            locked = list(Photo.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True))
            Photo.objects.filter(pk__in=due.filter(pk__in=locked).values("pk")).update(erased_at=now)
    return delete_objects(PHOTOS, lambda page: _unneeded(page, now))


def _unneeded(page: list[StoredObject], now: datetime) -> list[StoredObject]:
    """Objects that no photo needs any more; what came lately may belong to a photo whose row is being written."""
    hashes = {each.key: each.key.rsplit("/", 1)[-1][:64] for each in page}
    needed = set(Photo.objects.filter(sha256__in=set(hashes.values()), erased_at=None).values_list("sha256", flat=True))
    return [each for each in page if hashes[each.key] not in needed and each.stored_at < now - KEPT_UNUSED]
