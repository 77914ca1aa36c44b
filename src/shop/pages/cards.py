"""Styles as cards, pictures first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flashsales.selectors.finder import ListedStyle
from inventory.selectors.pictures import list_pictures

MAX_SLIDES = 6
EAGER_CARDS = 4
"""The pictures of so many cards are loaded at once: what a phone shows first."""


@dataclass(frozen=True, slots=True)
class Slide:
    """A picture of a style; the colour that it shows, "" for all."""

    sha256: str
    colour: str


@dataclass(frozen=True, slots=True)
class ColourSlide:
    """A colour and the number of the first picture that shows it, from 1."""

    name: str
    slide: int


@dataclass(frozen=True, slots=True)
class GoodsCard:
    """A style with its pictures, the cover first; `place` begins the ids of its pictures on the page."""

    style: ListedStyle
    slides: list[Slide]
    place: str
    is_eager: bool

    @property
    def colours(self) -> list[ColourSlide]:
        return colour_slides(self.slides)


def colour_slides(slides: Sequence[Slide]) -> list[ColourSlide]:
    """The colours that pictures show, where there are several; a picture without a colour shows all of them."""
    first: dict[str, int] = {}
    for number, each in enumerate(slides, start=1):
        if each.colour:
            first.setdefault(each.colour, number)
    return [ColourSlide(name, number) for name, number in first.items()] if len(first) > 1 else []


def fewer_slides(slides: Sequence[Slide], *, limit: int = MAX_SLIDES) -> list[Slide]:
    """At most `limit` pictures in their order: the cover, then the first of each colour, before others of a colour."""
    first_of_colour: dict[str, Slide] = {}
    for each in slides:
        first_of_colour.setdefault(each.colour, each)
    firsts = list(first_of_colour.values())
    kept = (firsts + [each for each in slides if each not in firsts])[:limit]
    return [each for each in slides if each in kept]


def slides_of(style_ids: Collection[int]) -> dict[int, list[Slide]]:
    """The pictures of styles whose web sizes are there, the cover first; one statement."""
    return {
        style_id: [Slide(each.sha256, each.colour) for each in pictures if each.ready]
        for style_id, pictures in list_pictures(style_ids, without_logos=False).items()
    }


def cards_of(styles: Collection[ListedStyle], *, prefix: str = "s", eager: int = EAGER_CARDS) -> list[GoodsCard]:
    """The cards of a list; one statement for all pictures. `prefix` tells lists on one page apart."""
    slides = slides_of({each.style_id for each in styles})
    return [
        GoodsCard(
            style=each,
            slides=fewer_slides(slides.get(each.style_id, [])),
            place=f"{prefix}{each.sale_id}-{each.style_id}",
            is_eager=number < eager,
        )
        for number, each in enumerate(styles)
    ]
