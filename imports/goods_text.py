"""Colour and size out of one text, as marketplaces export them: 黑色;M, 颜色分类:黑色;尺码:L, 黑色/165/88A."""

from __future__ import annotations

import re
from typing import Final

from imports.cells.sizes import COLOUR_WORD, is_known_size
from imports.cells.text import display_text, normalize
from imports.workbook.model import Value

_STRONG: Final = re.compile(r"\s*[;,|\n、]\s*")
_LONGEST: Final = 120
_WEAK: Final = ("  ", " ", "/", "\\", "-", "_", "+", "*")
_HALF_WIDTH: Final = str.maketrans("；，：", ";,:")
_LABEL: Final = re.compile(r"^([^:]{1,8}):\s*")
_BEFORE_LABEL: Final = re.compile(r"\s+(?=[^\s:;,/]{1,8}:)")
"""Blanks that part labelled pieces: 颜色:米白 尺码:均码."""
_SIZE_LABEL: Final = re.compile(r"尺|码|size|号型|身高|参考身高", re.IGNORECASE)
_COLOUR_LABEL: Final = re.compile(r"色|colou?r|款式", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"^[\[【(]?([^\[\]【】()]+)[\]】(]\s*([^\[\]【】()]+)[)]?\Z")
_GLUED: Final = re.compile(r"^([^\x00-\x7f]+)([A-Za-z0-9/.]+|均码)(?:码|号)?\Z")


def split_colour_and_size(value: Value) -> tuple[str | None, str | None]:
    """Colour and size; a part that cannot be told is None. A text that is no pair gives (None, None) or its size alone."""
    text = normalize(display_text(value))
    if not 0 < len(text) <= _LONGEST:
        return None, None
    if is_known_size(text):
        return None, text
    if text.count(":") > 1:
        text = _BEFORE_LABEL.sub(";", text)
        value = text
    raw = display_text(value)
    raw = raw if len(raw) <= 2 * _LONGEST else text  # with its line breaks, which part a pair too
    pieces = [normalize(piece) for piece in _STRONG.split(raw.translate(_HALF_WIDTH)) if piece.strip()]
    if any(_LABEL.match(piece) for piece in pieces):
        return _labelled(pieces)
    if len(pieces) > 1:
        return _pair(pieces, "/")
    return _weakly_separated(text)


def _labelled(pieces: list[str]) -> tuple[str | None, str | None]:
    """颜色分类:黑色;尺码:L. Pieces with other labels are left out only where colour and size both have one."""
    colour = size = None
    for piece in pieces:
        found = _LABEL.match(piece)
        label, rest = (found.group(1), piece[found.end() :]) if found else ("", piece)
        if _SIZE_LABEL.search(label) and size is None:
            size = rest
        elif _COLOUR_LABEL.search(label) and colour is None:
            colour = rest
        elif not label and size is None and is_known_size(rest):
            size = rest
        elif not label and colour is None:
            colour = rest
        else:
            return None, None
    if size is None and colour is not None:
        return _weakly_separated(colour)
    return colour, size


def _pair(pieces: list[str], joint: str) -> tuple[str | None, str | None]:
    """The size is the last piece, or the first where only that is one."""
    if is_known_size(pieces[-1]) and not is_known_size(pieces[0]):
        return joint.join(pieces[:-1]), pieces[-1]
    if is_known_size(pieces[0]) and not is_known_size(pieces[-1]):
        return joint.join(pieces[1:]), pieces[0]
    return None, None


def _weakly_separated(text: str) -> tuple[str | None, str | None]:
    """黑色/165/88A and 黑色-M: the first separator behind which a known size stands; 黑色M and [黑色]M."""
    for separator in _WEAK:
        at = text.find(separator)
        while at > 0:
            before, after = text[:at].strip(), text[at + len(separator) :].strip()
            if before and is_known_size(after) and not is_known_size(before):
                return before, after
            at = text.find(separator, at + 1)
    for pattern in (_BRACKETED, _GLUED):
        found = pattern.match(text)
        if found and is_known_size(found.group(2)) and (pattern is _BRACKETED or COLOUR_WORD.search(found.group(1))):
            return found.group(1).strip(), found.group(2).strip()
    for separator in (" ", "/"):
        before, _, after = text.partition(separator)
        if after and is_known_size(before) and not is_known_size(after):
            return after.strip(), before.strip()
    return None, None
