"""Expat without its dangers: no document types, no external entities, names without prefixes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

from imports.report import FileRefused

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Halt(Exception):
    """Raised by a handler that has seen enough."""


def scan(
    pieces: Iterable[bytes],
    start: Start,
    end: End | None = None,
    text: Callable[[str], None] | None = None,
    encoding: str | None = None,
) -> None:
    """Run the handlers over the document. Refuses `xml_entity` and `malformed`."""
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    local: dict[str, str] = {}

    def bare(name: str) -> str:
        known = local.get(name)
        if known is None:
            known = local[name] = name.rsplit(":", 1)[-1]
        return known

    def on_start(name: str, attributes: dict[str, str]) -> None:
        start(bare(name), attributes)

    def on_doctype(*_: object) -> None:
        raise FileRefused("xml_entity")

    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = on_doctype
    parser.EntityDeclHandler = on_doctype
    if end is not None:
        finish = end
        parser.EndElementHandler = lambda name: finish(bare(name))
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except Halt:
        return
    except (expat.ExpatError, ValueError, UnicodeError, LookupError) as error:
        raise FileRefused("malformed") from error


def attribute(attributes: dict[str, str], name: str) -> str | None:
    """An attribute with any prefix; the name without a prefix wins."""
    if name in attributes:
        return attributes[name]
    for key, value in attributes.items():
        if key.rsplit(":", 1)[-1] == name:
            return value
    return None


def is_true(value: str | None) -> bool:
    return value in ("1", "true", "on", "True")
