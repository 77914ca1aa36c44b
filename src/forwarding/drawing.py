"""Draws the pictures of a pack: squares for a nine-grid, and posters (FORWARD-15). JPEG, sRGB, without metadata."""

import io
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

import segno
from PIL import Image, ImageDraw, ImageFont, ImageOps

from forwarding.rules.packs import PackContent, PackStyle
from kernel.money import display_yuan

POSTER_WIDTH = 1080
SQUARE = 960
_QUALITY = 86
_MARGIN = 60
_INNER = POSTER_WIDTH - 2 * _MARGIN
_MAX_PICTURE_HEIGHT = 1200
_INK, _QUIET, _LINE, _PAPER, _SOFT, _RED = "#1c1917", "#6b645e", "#e3dcd5", "#ffffff", "#f6f2ee", "#c2240f"
_TINTS = ("#e7dccd", "#d8e0d3", "#d6dee6", "#e6d8d8", "#ddd8e6")
_REGULAR, _BOLD = 400, 700
_QR_SIZE = 300
_FACE = 80
_MAX_CHIPS = 14

Font = ImageFont.FreeTypeFont


@cache
def _font(size: int, weight: int = _REGULAR) -> Font:
    """Noto Sans SC, which has the characters of mainland China, in a size and weight."""
    with as_file(files("justmytype_intl_cjk") / "fonts" / "ofl" / "notosanssc" / "NotoSansSC[wght].ttf") as path:
        font = ImageFont.truetype(str(path), size)
    font.set_variation_by_axes([weight])
    return font


_NOT_DRAWN = re.compile("[\U00010000-\U0001ffff\ufe0e\ufe0f\u200d\u20e3]")


def drawable(text: str) -> str:
    """The text as it can be drawn: without emoji and control characters, which the typeface has no form for."""
    kept = "".join(
        sign for sign in _NOT_DRAWN.sub("", text) if unicodedata.category(sign) not in ("So", "Cc", "Cs", "Co")
    )
    return " ".join(kept.split())


def draw_square(style: PackStyle, picture: bytes | None, *, labelled: bool) -> bytes:
    """A picture on a square of SQUARE points, whole and not cut; `labelled` adds the style's price, and its number if it has one."""
    square = Image.new("RGB", (SQUARE, SQUARE), _PAPER)
    drawn = _fitted(picture, SQUARE, SQUARE) or _tile(style, SQUARE, SQUARE)
    square.paste(drawn, ((SQUARE - drawn.width) // 2, (SQUARE - drawn.height) // 2))
    if labelled:
        if style.number:
            _label(square, f"{style.number} 号", 24, 24, _font(44, _BOLD), _INK)
        price = _short_yuan(style.price_fen)
        font = _font(56, _BOLD)
        _label(square, price, SQUARE - 24 - _width(price, font) - 36, SQUARE - 24 - 92, font, _RED)
    return _jpeg(square)


def draw_customer_photo(photo: bytes) -> bytes:
    """A photo of a customer on a square, whole and not cut, with the word for it."""
    square = Image.new("RGB", (SQUARE, SQUARE), _PAPER)
    drawn = _fitted(photo, SQUARE, SQUARE)
    if drawn is not None:
        square.paste(drawn, ((SQUARE - drawn.width) // 2, (SQUARE - drawn.height) // 2))
    _label(square, "买家秀", 24, 24, _font(44, _BOLD), _INK)
    return _jpeg(square)


def draw_poster(content: PackContent, pictures: Sequence[bytes | None], seller: bytes | None = None) -> bytes:
    """The poster of a pack, POSTER_WIDTH wide: of one style with its picture, of several with all of them.

    `pictures` are the covers of `content.styles`, in that order; None for a style without one. `seller` is the reseller's
    own picture.
    """
    if len(content.styles) == 1 and not content.is_storefront:
        return _poster_of_one(content, content.styles[0], pictures[0], seller)
    return _poster_of_several(content, pictures, seller)


def _poster_of_one(content: PackContent, style: PackStyle, picture: bytes | None, seller: bytes | None) -> bytes:
    drawn = _fitted(picture, _INNER, _MAX_PICTURE_HEIGHT) or _tile(style, _INNER, _INNER)
    name_font, text_font = _font(50, _BOLD), _font(36)
    name = _wrapped(drawable(style.name), name_font, _INNER, 2)
    point = _wrapped(drawable(style.selling_point), text_font, _INNER, 2)
    defects = _wrapped(f"瑕疵说明：{drawable(style.defects)}", _font(32), _INNER, 3) if style.defects else []
    chips = _chip_rows([*style.sizes], [*style.sold_out])
    height = (
        _MARGIN + drawn.height + 44 + 70 * len(name) + 52 * len(point) + 130 + 96 * len(chips) + 48 * len(defects) + 24
    )
    poster = Image.new("RGB", (POSTER_WIDTH, height + _footer_height()), _PAPER)
    pen = ImageDraw.Draw(poster)
    poster.paste(drawn, ((POSTER_WIDTH - drawn.width) // 2, _MARGIN))
    top = _MARGIN + drawn.height + 44
    for line in name:
        pen.text((_MARGIN, top), line, _INK, name_font)
        top += 70
    for line in point:
        pen.text((_MARGIN, top), line, _QUIET, text_font)
        top += 52
    _price_line(pen, style, _MARGIN, top + 10)
    top += 130
    for row in chips:
        _draw_chips(pen, row, top)
        top += 96
    for line in defects:
        pen.text((_MARGIN, top), line, _QUIET, _font(32))
        top += 48
    _footer(poster, content, height, seller)
    return _jpeg(poster)


def _poster_of_several(content: PackContent, pictures: Sequence[bytes | None], seller: bytes | None) -> bytes:
    columns = 2 if len(content.styles) in (2, 4) else 3
    gap = 24
    side = (_INNER - gap * (columns - 1)) // columns
    rows = -(-len(content.styles) // columns)
    cell = side + 214
    notice = _wrapped(drawable(content.notice), _font(34), _INNER, 4)
    above = 170 + 50 * len(notice) + (24 if notice else 0)
    height = above + rows * (cell + gap)
    poster = Image.new("RGB", (POSTER_WIDTH, height + _footer_height()), _PAPER)
    pen = ImageDraw.Draw(poster)
    pen.text((_MARGIN, 56), _shortened(_title(content), _font(56, _BOLD), _INNER), _INK, _font(56, _BOLD))
    for place, line in enumerate(notice):
        pen.text((_MARGIN, 158 + 50 * place), line, _QUIET, _font(34))
    name_font, size_font, price_font = _font(34), _font(30), _font(46, _BOLD)
    for at, (style, picture) in enumerate(zip(content.styles, pictures, strict=True)):
        left, top = _MARGIN + (side + gap) * (at % columns), above + (cell + gap) * (at // columns)
        pen.rectangle((left, top, left + side - 1, top + side - 1), _SOFT)
        drawn = _fitted(picture, side, side) or _tile(style, side, side)
        poster.paste(drawn, (left + (side - drawn.width) // 2, top + (side - drawn.height) // 2))
        if style.number:
            _label(poster, f"{style.number} 号", left + 10, top + 10, _font(32, _BOLD), _INK)
        pen.text((left, top + side + 14), _shortened(drawable(style.name), name_font, side), _INK, name_font)
        sizes = " ".join(style.sizes) if style.sizes else "已售罄"
        pen.text((left, top + side + 64), _shortened(drawable(sizes), size_font, side), _QUIET, size_font)
        price = _short_yuan(style.price_fen)
        pen.text((left, top + side + 110), price, _RED, price_font)
        if style.tag_price_fen:
            _struck(
                pen,
                _short_yuan(style.tag_price_fen),
                left + _width(price, price_font) + 14,
                top + side + 128,
                _font(30),
            )
    _footer(poster, content, height, seller)
    return _jpeg(poster)


def _title(content: PackContent) -> str:
    seller = drawable(content.seller)
    if content.is_storefront:
        return seller or "我的店铺"
    return f"{seller}的推荐" if seller else "今日推荐"


def _price_line(pen: ImageDraw.ImageDraw, style: PackStyle, left: int, top: int) -> None:
    font = _font(84, _BOLD)
    price = _short_yuan(style.price_fen)
    pen.text((left, top), price, _RED, font)
    if style.tag_price_fen:
        beside = left + _width(price, font) + 28
        pen.text((beside, top + 46), "吊牌价", _QUIET, _font(34))
        _struck(pen, _short_yuan(style.tag_price_fen), beside + _width("吊牌价 ", _font(34)), top + 46, _font(34))


def _struck(pen: ImageDraw.ImageDraw, text: str, left: int, top: int, font: Font) -> None:
    pen.text((left, top), text, _QUIET, font)
    middle = top + round(font.size * 0.78)
    pen.line((left, middle, left + _width(text, font), middle), _QUIET, 3)


def _chip_rows(sizes: list[str], sold_out: list[str]) -> list[list[tuple[str, bool]]]:
    """Sizes in rows that fit, each with whether it is there; a style without any has one that says so."""
    chips = [(drawable(size), True) for size in sizes] + [(drawable(size), False) for size in sold_out]
    if len(chips) > _MAX_CHIPS:
        chips = [*chips[: _MAX_CHIPS - 1], ("…", True)]
    if not any(there for _, there in chips):
        chips = [("已售罄", False)]
    rows: list[list[tuple[str, bool]]] = [[]]
    left = 0
    for chip in chips:
        width = _chip_width(chip[0]) + 16
        if left + width > _INNER + 16 and rows[-1]:
            rows.append([])
            left = 0
        rows[-1].append(chip)
        left += width
    return rows


def _chip_width(text: str) -> int:
    return max(_width(text, _font(36)) + 48, 92)


def _draw_chips(pen: ImageDraw.ImageDraw, row: Sequence[tuple[str, bool]], top: int) -> None:
    left = _MARGIN
    for text, there in row:
        width = _chip_width(text)
        pen.rounded_rectangle((left, top, left + width, top + 76), 14, _SOFT if there else _PAPER, _LINE, 2)
        font = _font(36)
        start = left + (width - _width(text, font)) // 2
        if there:
            pen.text((start, top + 12), text, _INK, font)
        else:
            _struck(pen, text, start, top + 12, font)
        left += width + 16


def _footer_height() -> int:
    return _QR_SIZE + 2 * 48


def _footer(poster: Image.Image, content: PackContent, top: int, seller_picture: bytes | None) -> None:
    """Her picture and name, what the QR code is for, until when, and the code."""
    pen = ImageDraw.Draw(poster)
    pen.line((_MARGIN, top, POSTER_WIDTH - _MARGIN, top), _LINE, 2)
    top += 48
    code = _qr(content.address)
    poster.paste(code, (POSTER_WIDTH - _MARGIN - code.width, top + (_QR_SIZE - code.height) // 2))
    width = _INNER - _QR_SIZE - 40
    seller, text = _font(46, _BOLD), _font(36)
    left = _MARGIN
    if (face := _round(seller_picture, _FACE)) is not None:
        poster.paste(face, (left, top + 16), face.getchannel("A"))
        left += _FACE + 20
    name = _shortened(drawable(content.seller), seller, width - (left - _MARGIN))
    pen.text((left, top + 28), name, _INK, seller)
    pen.text((_MARGIN, top + 118), "长按识别二维码", _QUIET, text)
    see = "店里现有的货都在这里" if content.is_storefront else "看现有尺码、留言下单"
    pen.text((_MARGIN, top + 170), see, _QUIET, text)
    if content.ends:
        pen.text((_MARGIN, top + 222), f"限时到 {content.ends}", _QUIET, text)


def _qr(address: str) -> Image.Image:
    out = io.BytesIO()
    code = segno.make(address, error="m")
    # Each module has the same whole number of points: a code that is stretched is harder to read.
    code.save(out, kind="png", scale=max(1, _QR_SIZE // code.symbol_size(border=2)[0]), border=2)
    return Image.open(out).convert("RGB")


def _fitted(picture: bytes | None, width: int, height: int) -> Image.Image | None:
    """The whole picture within a box; None where there is none that can be drawn. The bytes are those of a web size, which we drew."""
    if picture is None:
        return None
    with Image.open(io.BytesIO(picture)) as opened:
        opened.draft("RGB", (width, height))
        return ImageOps.contain(opened.convert("RGB"), (width, height), Image.Resampling.LANCZOS)


def _round(picture: bytes | None, side: int) -> Image.Image | None:
    """A square picture as a disc with smooth edges; None where there is none."""
    drawn = _fitted(picture, side, side)
    if drawn is None:
        return None
    disc = Image.new("L", (side * 4, side * 4), 0)
    ImageDraw.Draw(disc).ellipse((0, 0, side * 4 - 1, side * 4 - 1), 255)
    face = drawn.convert("RGBA")
    face.putalpha(disc.resize(drawn.size, Image.Resampling.LANCZOS))
    return face


def _tile(style: PackStyle, width: int, height: int) -> Image.Image:
    """What stands for the picture of a style without one: its name on a quiet colour, always the same for a style."""
    tile = Image.new("RGB", (width, height), _TINTS[style.style_id % len(_TINTS)])
    size = max(24, width // 14)
    lines = _wrapped(drawable(style.name), _font(size, _BOLD), width - width // 6, 3)
    pen = ImageDraw.Draw(tile)
    top = (height - len(lines) * round(size * 1.4)) // 2
    for line in lines:
        pen.text(((width - _width(line, _font(size, _BOLD))) // 2, top), line, _INK, _font(size, _BOLD))
        top += round(size * 1.4)
    return tile


def _label(picture: Image.Image, text: str, left: int, top: int, font: Font, colour: str) -> None:
    """Text on a white plate."""
    pen = ImageDraw.Draw(picture)
    height = round(font.size * 1.5)
    pen.rounded_rectangle((left, top, left + _width(text, font) + 36, top + height), 12, _PAPER, _LINE, 2)
    pen.text((left + 18, top + round(font.size * 0.02)), text, colour, font)


def _short_yuan(fen: int) -> str:
    return display_yuan(fen).removesuffix(".00")


def _width(text: str, font: Font) -> int:
    return round(font.getlength(text))


def _shortened(text: str, font: Font, width: int) -> str:
    """The text, or its beginning and an ellipsis, within a width."""
    if _width(text, font) <= width:
        return text
    while text and _width(f"{text}…", font) > width:
        text = text[:-1]
    return f"{text}…"


def _wrapped(text: str, font: Font, width: int, max_lines: int) -> list[str]:
    """The text in lines of at most a width; a word of Latin letters is broken only where it is longer than a line."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < max_lines:
        if _width(rest, font) <= width:
            lines.append(rest)
            break
        if len(lines) == max_lines - 1:
            lines.append(_shortened(rest, font, width))
            break
        end = len(rest)
        while end > 1 and _width(rest[:end], font) > width:
            end -= 1
        space = rest.rfind(" ", 0, end + 1)
        if space > end // 2 and rest[end - 1].isascii():
            end = space
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=False, progressive=False)
    return out.getvalue()
