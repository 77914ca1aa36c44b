"""Pictures of goods: stored once by hash, then made into web sizes by a worker."""

import io
import warnings
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from inventory import files
from inventory.models import Picture
from inventory.rules import PICTURE_WIDTHS

MOST_PIXELS = 60_000_000
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")
_BROKEN = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError)


def keep_pictures(pictures: Mapping[str, bytes], *, now: datetime) -> None:
    """Store pictures by their SHA-256; those that are there already cost nothing."""
    known = set(Picture.objects.filter(pk__in=list(pictures)).values_list("pk", flat=True))
    for sha256, data in pictures.items():
        if sha256 not in known:
            files.write(files.picture_path(sha256), data)
            Picture.objects.bulk_create(
                [Picture(sha256=sha256, size_bytes=len(data), stored_at=now)], ignore_conflicts=True
            )


def size_pictures(*, now: datetime, most: int = 20) -> int:
    """Make the web sizes of pictures that wait for it; gives how many. What cannot be drawn keeps width 0."""
    with transaction.atomic():
        waiting = list(
            Picture.objects.filter(sized_at=None).order_by("stored_at").select_for_update(skip_locked=True)[:most]
        )
        for picture in waiting:
            picture.width, picture.height = _make_sizes(picture.sha256)
            picture.sized_at = now
            picture.save(update_fields=["width", "height", "sized_at"])
    return len(waiting)


def _make_sizes(sha256: str) -> tuple[int, int]:
    try:
        return _draw(sha256)
    except _BROKEN:
        return 0, 0


def _draw(sha256: str) -> tuple[int, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(files.picture_path(sha256), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                return 0, 0
            opened.draft("RGB", (max(PICTURE_WIDTHS) * 2, max(PICTURE_WIDTHS) * 2))
            turned = ImageOps.exif_transpose(opened)
            whole = _on_white(turned)
    for size in sorted(PICTURE_WIDTHS, reverse=True):
        small = whole.copy()
        small.thumbnail((size, size * 2), Image.Resampling.LANCZOS)
        packed = io.BytesIO()
        small.save(packed, "JPEG", quality=84, optimize=True, progressive=True)
        files.write(files.picture_path(sha256, size), packed.getvalue())
    return width, height


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    with_alpha = picture.convert("RGBA")
    ground = Image.new("RGB", with_alpha.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground
