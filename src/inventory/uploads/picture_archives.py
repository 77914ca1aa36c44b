"""Archives of pictures that a brand sends: stored when they come, read by a worker (STOCK-14)."""

import hashlib
import io
import logging
import zipfile
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts.rules import Actor
from accounts.services.audit import record
from brands.rules import BrandStatus
from brands.selectors.brands import require_own_brand
from imports.pictures import is_picture
from inventory.models import Sku, Style
from inventory.picture_models import PictureArchive
from inventory.picture_rules import (
    MAX_ARCHIVE_BYTES,
    MAX_ARCHIVE_FILES,
    MAX_PICTURE_BYTES,
    PICTURE_ENDINGS,
    NamedPicture,
    archive_name,
    fold,
    is_junk,
    name_picture,
    safe_parts,
)
from inventory.rules import PictureJobState, PictureSource
from inventory.selectors.pictures import PictureArchiveView, archive_view
from inventory.services.style_pictures import NewPicture, add_pictures
from inventory.uploads.file_keys import ARCHIVES, archive_key
from inventory.uploads.pictures import store_pictures
from inventory.uploads.receive import MEGABYTE, BrandNotAdmitted, WorkbookEmpty, WorkbookTooLarge
from jobs.leases import MAX_ATTEMPTS
from kernel.refusal import TooMany
from storage.files import TooLong, base_name, get_store, store_chunks
from storage.objects import ObjectMissing, StorageUnavailable
from storage.quota import used_today

ARCHIVE_LEASE = timedelta(minutes=5)
MAX_LEFT_OUT_SHOWN = 500
MAX_OPEN_ARCHIVES = 5
_BATCH = 20
log = logging.getLogger("weicang.pictures")


class TooManyArchives(TooMany):
    code = "inventory.too_many_archives"
    zh = "前面的图片包还没处理完，或今天传的文件太多，请稍后再传"
    en = "Earlier archives are still being read, or too much was sent today; try again later"


def receive_archive(
    *, actor: Actor, filename: str, chunks: Iterable[bytes], cut_short: bool = False, now: datetime
) -> PictureArchiveView:
    """Store a ZIP of pictures of the clerk's brand and leave it waiting for a worker.

    Refuses more than MAX_WORKBOOK_BYTES, an empty file, MAX_OPEN_ARCHIVES that wait, and more than a brand may send in a day (STOCK-11).
    """
    brand = require_own_brand(actor)
    if brand.status is not BrandStatus.ADMITTED:
        raise BrandNotAdmitted
    if cut_short:
        raise WorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE)
    sent = PictureArchive.objects.filter(brand_id=brand.id)
    waiting = sent.filter(state=PictureJobState.WAITING.value).count()
    if waiting >= MAX_OPEN_ARCHIVES or not used_today(sent, now).left_bytes:
        raise TooManyArchives(retry_after_seconds=60)
    try:
        sha256, size = store_chunks(ARCHIVES, chunks, limit=settings.MAX_WORKBOOK_BYTES, now=now)
    except TooLong as cause:
        raise WorkbookTooLarge(limit_mb=settings.MAX_WORKBOOK_BYTES // MEGABYTE) from cause
    if size == 0:
        raise WorkbookEmpty
    with transaction.atomic():
        row = PictureArchive.objects.create(
            brand_id=brand.id,
            person_id=actor.person_id,
            filename=base_name(filename),
            sha256=sha256,
            size_bytes=size,
            received_at=now,
        )
        details = {"filename": row.filename, "sha256": sha256, "bytes": size}
        record(
            actor=actor, action="inventory.receive_archive", kind="picture_archive", subject_id=row.pk,
            details=details, now=now,
        )  # fmt: skip
    return archive_view(row)


def waiting_archives(*, now: datetime) -> list[int]:
    """Archives that no living worker holds."""
    rows = PictureArchive.objects.filter(_free(now), state=PictureJobState.WAITING.value)
    return list(rows.order_by("id").values_list("pk", flat=True)[:100])


def read_archive(*, archive_id: int, clock: Callable[[], datetime]) -> bool:
    """Read one archive: its pictures go to the styles that they are named by. False where it does not wait.

    A file whose name fits no style, that is no picture, is too large or has an unsafe name is left out, with the reason. A worker may die
    at any point: pictures that a style has already are not added again.
    """
    now = clock()
    rows = PictureArchive.objects.filter(pk=archive_id, state=PictureJobState.WAITING.value)
    if not rows.filter(_free(now)).update(attempts=F("attempts") + 1, lease_until=now + ARCHIVE_LEASE):
        return False
    row = PictureArchive.objects.get(pk=archive_id)
    if row.attempts > MAX_ATTEMPTS:
        log.error("an archive of pictures stopped its worker several times", extra={"archive": row.pk})
        _end(row, PictureJobState.REFUSED, "reader_died", 0, [], clock())
        return True
    try:
        content = get_store().read(archive_key(row.sha256))
        archive = zipfile.ZipFile(io.BytesIO(content))
    except ObjectMissing:
        _end(row, PictureJobState.REFUSED, "file_missing", 0, [], clock())
        return True
    except StorageUnavailable:
        rows.update(attempts=F("attempts") - 1)
        raise
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        _end(row, PictureJobState.REFUSED, "not_a_zip", 0, [], clock())
        return True
    with archive:
        members = [each for each in archive.infolist() if not is_junk(_name(each))]
        if len(members) > MAX_ARCHIVE_FILES:
            reason = "too_many_files"
        elif sum(each.file_size for each in members) > MAX_ARCHIVE_BYTES:
            reason = "too_large_inside"
        else:
            reason = ""
        if reason:
            _end(row, PictureJobState.REFUSED, reason, 0, [], clock())
        else:
            taken, left_out = _take(archive, members, row.brand_id, clock)
            _end(row, PictureJobState.DONE, "", taken, left_out, clock())
    return True


def _take(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], brand_id: int, clock: Callable[[], datetime]
) -> tuple[int, list[tuple[str, str]]]:
    """Take the pictures a few at a time, in the order of their styles; returns how many, and what was left out with the reason."""
    styles, colours = _styles_of(brand_id)
    named: list[tuple[NamedPicture, str, zipfile.ZipInfo]] = []
    left_out: list[tuple[str, str]] = []
    for member in members:
        name = _name(member)
        parts = safe_parts(name)
        found: NamedPicture | str
        if parts is None:
            found = "unsafe_name"
        elif not parts[-1].lower().endswith(PICTURE_ENDINGS):
            found = "not_a_picture"
        elif member.flag_bits & 0x1:
            found = "encrypted"
        elif member.file_size > MAX_PICTURE_BYTES:
            found = "too_large"
        else:
            found = name_picture(parts, styles, colours)
        if isinstance(found, str):
            left_out.append((name, found))
        else:
            named.append((found, name, member))
    named.sort(key=lambda each: (each[0].style_id, each[0].order, each[1]))
    taken = 0
    for start in range(0, len(named), _BATCH):
        contents: dict[str, bytes] = {}
        pictures: dict[NewPicture, str] = {}
        for order, (found, name, member) in enumerate(named[start : start + _BATCH]):
            content = _content(archive, member)
            if content is None or not is_picture(content):
                left_out.append((name, "not_a_picture"))
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            contents[sha256] = content
            pictures[NewPicture(found.style_id, sha256, found.colour, order)] = name
        store_pictures(contents, now=clock())
        refused = add_pictures(pictures=list(pictures), source=PictureSource.ARCHIVE, now=clock())
        left_out += [(pictures[each], "style_is_full") for each in refused]
        taken += len(pictures) - len(refused)
    return taken, left_out


def _styles_of(brand_id: int) -> tuple[dict[str, int], dict[int, set[str]]]:
    """The styles of a brand by folded number, and the colours of each."""
    styles = {fold(number): pk for pk, number in Style.objects.filter(brand_id=brand_id).values_list("pk", "style_no")}
    colours: dict[int, set[str]] = {}
    for style_id, colour in Sku.objects.filter(brand_id=brand_id).values_list("style_id", "colour").distinct():
        if colour:
            colours.setdefault(style_id, set()).add(colour)
    return styles, colours


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a file, at most MAX_PICTURE_BYTES whatever its size is said to be; None for what is damaged or larger."""
    try:
        with archive.open(member) as file:
            content = file.read(MAX_PICTURE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return None
    return content if len(content) <= MAX_PICTURE_BYTES else None


def _name(member: zipfile.ZipInfo) -> str:
    return archive_name(member.filename, is_utf8=bool(member.flag_bits & 0x800))


def _end(
    row: PictureArchive, state: PictureJobState, reason: str, taken: int, left_out: list[tuple[str, str]], now: datetime
) -> None:
    shown = [[name[:200], why] for name, why in left_out[:MAX_LEFT_OUT_SHOWN]]
    PictureArchive.objects.filter(pk=row.pk, state=PictureJobState.WAITING.value).update(
        state=state.value, reason=reason, taken=taken, left_out=shown, ended_at=now, lease_until=None
    )


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)
