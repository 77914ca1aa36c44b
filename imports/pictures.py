"""Pictures out of workbooks made fit for the web: bounded, re-encoded, without what their makers left in them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageOps

EDGES: Final = (200, 800)
MAX_PIXELS: Final = 50_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
_QUALITY = 82


def web_sizes(content: bytes, edges: Sequence[int] = EDGES) -> dict[int, bytes]:
    """WebP versions whose longer edge is at most each of `edges` pixels; empty for what is no sound picture.

    Metadata is dropped, orientation applied. A small picture is not made larger. Pictures of more than
    `MAX_PIXELS` are left alone.
    """
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            warnings.simplefilter("ignore")
            if picture.width * picture.height > MAX_PIXELS:
                return {}
            upright = ImageOps.exif_transpose(picture)
            mode = "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
            plain = upright.convert(mode)
            return {edge: _resized(plain, edge) for edge in edges}
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {}


def _resized(picture: Image.Image, edge: int) -> bytes:
    small = picture.copy()
    small.thumbnail((edge, edge))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()
