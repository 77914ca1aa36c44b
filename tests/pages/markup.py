"""A page as its elements, for what tests ask about it. Nothing of it is repaired: what is not closed is not found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
UNSEEN = frozenset({"script", "style", "template"})
SAID = ("title", "alt", "placeholder", "aria-label", "data-confirm", "data-trouble", "data-days", "content")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find(self, *tags: str, **attributes: str) -> list["Element"]:
        """Elements below with one of these tags and these attributes; `_` in a name stands for `-`."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self.walk()
            if (not tags or each.tag in tags) and all(each.get(name) == value for name, value in wanted.items())
        ]

    def by_id(self, name: str) -> "Element | None":
        return next(iter(self.find(id=name)), None)

    @property
    def text(self) -> str:
        if self.tag in UNSEEN:
            return ""
        return " ".join(" ".join(each if isinstance(each, str) else each.text for each in self.children).split())

    @property
    def said(self) -> Iterator[str]:
        """What a person reads or hears of it: texts and attributes that are shown, piece by piece; not what says its own language."""
        own_language = self.get("translate") == "no" or (self.get("lang").startswith("zh") and self.tag != "html")
        if self.tag in UNSEEN or own_language:
            return
        yield from (self.attributes[name] for name in SAID if self.attributes.get(name))
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child.said


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("#page", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        for name, value in attrs:
            if value is None:
                element.attributes[name] = name
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag: str) -> None:
        at: Element | None = self.at
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self.at = at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def read(page: str) -> Element:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.root
