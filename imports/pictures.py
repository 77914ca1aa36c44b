"""Versions of a workbook's pictures for the web: bounded in size, decoded in a child process, without metadata."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from typing import Any, Final

from PIL import Image

from imports import child
from imports.limits import DEFAULT, MEGABYTE, Limits
from imports.report import FileRefused, Progress

MAX_PIXELS: Final = 60_000_000
PICTURE_LIMITS: Final = replaced(DEFAULT, memory_bytes=256 * MEGABYTE, seconds=20.0)
"""Of one picture. Its child's whole address space counts, the interpreter (60 MB) included."""
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")
_QUALITY = 78
_STRIP_PIXELS = 2_000_000
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of the EXIF tag Orientation."""


@dataclass(frozen=True, slots=True)
class WebSizes:
    """A picture's width and height as displayed, and its versions by width; 0 and none where it cannot be displayed."""

    width: int = 0
    height: int = 0
    versions: dict[int, bytes] = field(default_factory=dict)


def web_sizes_in_child(
    source: bytes | str | os.PathLike[str],
    widths: Sequence[int],
    *,
    is_square: bool = False,
    limits: Limits = PICTURE_LIMITS,
) -> WebSizes:
    """`web_sizes` in a child process under `limits`. A picture that breaks a limit, or its decoder, has no versions.

    Raises OSError where `source` is a path that cannot be read.
    """
    keywords = {"widths": tuple(widths), "is_square": is_square}
    try:
        return child.read_in_child("picture", WebSizes, source, "", keywords=keywords, limits=limits)
    except FileRefused:
        return WebSizes()


def read(
    data: bytes,
    filename: str,
    *,
    widths: Sequence[int],
    is_square: bool,
    limits: Limits,
    progress: Callable[[Progress], None],
) -> WebSizes:
    """The function that the child runs. A damaged picture makes its decoder raise any exception, and gives no versions."""
    try:
        return web_sizes(data, widths, is_square=is_square)
    except Exception:  # noqa: BLE001 - TypeError, struct.error, MemoryError …
        return WebSizes()


def is_picture(content: bytes) -> bool:
    """Whether the head of a file is that of a picture of one of the known formats, of at most MAX_PIXELS. Nothing is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                return 0 < picture.width * picture.height <= MAX_PIXELS
    except Exception:  # noqa: BLE001 - a damaged head makes Pillow raise any exception
        return False


def web_sizes(content: bytes, widths: Sequence[int], *, is_square: bool = False) -> WebSizes:
    """Progressive JPEGs at most as wide as each of `widths` and at most twice as high as that; with `is_square` cut to their middle.

    Of several frames the first is taken; metadata is dropped, its orientation applied where it can be read; what is transparent becomes
    white. A small picture is not made larger. One of more than MAX_PIXELS has no versions. Raises what the decoder raises.
    """
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            return WebSizes()
        turn = _TURNS.get(_orientation(opened))
        width, height = opened.size
        lies = turn is not None and turn not in (_TURNS[2], _TURNS[3], _TURNS[4])
        across, down = (height, width) if lies else (width, height)
        fits = min(
            1.0, max(widths) * 2 / across, max(widths) * 4 / down
        )  # twice the final size is enough to sample from
        opened.draft("RGB", (max(1, int(width * fits)), max(1, int(height * fits))))  # a JPEG is decoded at a fraction
        whole = _reduced(opened, max(1, int(opened.width / (width * fits))))
    if turn is not None:
        whole = whole.transpose(turn)
    if is_square:
        side = min(whole.size)
        left, top = (whole.width - side) // 2, (whole.height - side) // 2
        whole = whole.crop((left, top, left + side, top + side))
    return WebSizes(across, down, {each: _version(whole, each) for each in widths})


def _orientation(picture: Image.Image) -> int:
    """The tag's value; 1 (upright) where the tags are damaged."""
    try:
        value: Any = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - Pillow raises whatever a tag of a wrong type makes it stumble over
        return 1
    return value if isinstance(value, int) else 1


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """The picture in RGB, `factor` times smaller; converted strip by strip, so that it is in memory once."""
    picture.load()
    out = Image.new("RGB", (-(-picture.width // factor), -(-picture.height // factor)), "white")
    lines = max(1, _STRIP_PIXELS // picture.width // factor) * factor
    for top in range(0, picture.height, lines):
        strip = picture.crop((0, top, picture.width, min(picture.height, top + lines)))
        out.paste(_on_white(strip).reduce(factor), (0, top // factor))
    return out


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    with_alpha = picture.convert("RGBA")
    ground = Image.new("RGB", with_alpha.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _version(whole: Image.Image, width: int) -> bytes:
    small = whole.copy()
    small.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    small.save(packed, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return packed.getvalue()
