"""Pictures of goods: stored once by hash, then made into web sizes by a worker, each by itself."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q

from imports.pictures import WebSizes, web_sizes_in_child
from inventory.models import Picture
from inventory.rules import PICTURE_WIDTHS
from inventory.uploads.file_keys import picture_key
from jobs.leases import LEASE, MAX_ATTEMPTS
from storage.files import get_store, store_bytes
from storage.objects import ObjectMissing, StorageUnavailable

MAX_TURN = timedelta(seconds=10)
log = logging.getLogger("weicang.pictures")


def store_pictures(pictures: Mapping[str, bytes], *, now: datetime) -> None:
    """Store pictures by their SHA-256; those that are there already cost nothing."""
    known = set(Picture.objects.filter(pk__in=list(pictures)).values_list("pk", flat=True))
    # A known picture that a file names again becomes young again, so that the purge of unused pictures spares it until a style names it.
    Picture.objects.filter(pk__in=known, stored_at__lt=now - timedelta(days=1)).update(stored_at=now)
    for sha256, data in pictures.items():
        if sha256 not in known:
            store_bytes(picture_key(sha256), data, now=now)
            Picture.objects.bulk_create(
                [Picture(sha256=sha256, size_bytes=len(data), stored_at=now)], ignore_conflicts=True
            )


def make_picture_sizes(*, clock: Callable[[], datetime], limit: int = 20) -> int:
    """Make the web sizes of pictures that wait for it; returns how many were taken, 0 where another worker makes some.

    Takes up to `limit`, and begins none after MAX_TURN, so that workbooks in the same queue wait no longer. Each is decoded in a child
    process of its own and recorded at once: one that cannot be drawn keeps width 0 and stops no other. A picture whose worker died or
    or whose file is missing is tried again after LEASE, MAX_ATTEMPTS times in all; an attempt while the store is away does not count.
    """
    taken, started_at = 0, clock()
    if Picture.objects.filter(sized_at=None, lease_until__gt=started_at).exists():
        return 0
    while taken < limit and clock() - started_at <= MAX_TURN and (picture := _claim(clock())) is not None:
        taken += 1
        if picture.attempts > MAX_ATTEMPTS:
            log.error("a picture stopped its worker several times", extra={"sha256": picture.pk})
            _record(picture.pk, WebSizes(), clock())
            continue
        try:
            sizes = web_sizes_in_child(get_store().read(picture_key(picture.pk)), PICTURE_WIDTHS)
            for width, content in sizes.versions.items():
                store_bytes(picture_key(picture.pk, width), content, now=clock())
        except (ObjectMissing, StorageUnavailable, OSError) as failure:
            log.exception("a picture's files cannot be read or written", extra={"sha256": picture.pk})
            # An attempt counts where the picture itself is the cause: while the store is away every picture would be given up.
            attempts = picture.attempts if isinstance(failure, ObjectMissing) else picture.attempts - 1
            waiting = Picture.objects.filter(pk=picture.pk, sized_at=None)
            waiting.update(attempts=attempts, lease_until=None, retry_at=clock() + LEASE)
            continue
        _record(picture.pk, sizes, clock())
    return taken


def _claim(now: datetime) -> Picture | None:
    """The picture that waits longest, under a lease; whoever asks at the same time gets another."""
    free = (Q(lease_until__isnull=True) | Q(lease_until__lte=now)) & (Q(retry_at__isnull=True) | Q(retry_at__lte=now))
    for sha256 in Picture.objects.filter(free, sized_at=None).order_by("stored_at").values_list("pk", flat=True)[:20]:
        if Picture.objects.filter(free, pk=sha256, sized_at=None).update(
            attempts=F("attempts") + 1, lease_until=now + LEASE
        ):
            return Picture.objects.get(pk=sha256)
    return None


def _record(sha256: str, sizes: WebSizes, now: datetime) -> None:
    Picture.objects.filter(pk=sha256, sized_at=None).update(
        width=sizes.width, height=sizes.height, sized_at=now, lease_until=None
    )
