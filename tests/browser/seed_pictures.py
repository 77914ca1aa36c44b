"""Gives the styles of a seeded database pictures, two of each of their first colours."""

import hashlib
import io

from PIL import Image, ImageDraw

from inventory.models import Sku, Style
from inventory.rules import PictureSource
from inventory.services.style_pictures import NewPicture, add_pictures
from inventory.uploads.pictures import make_picture_sizes, store_pictures
from kernel import clock

FORMATS = ((600, 800), (600, 600), (450, 800), (800, 600))
PAPERS = ("#efe9df", "#e6ebef", "#f1e7e9", "#e9efe4")
CLOTHS = ("#7b5e48", "#3c4b57", "#8c4a52", "#596b45", "#b08b57", "#4a4560")


def draw(number: int, view: int) -> bytes:
    """A coat on a hanger, in a format and colour of its own."""
    width, height = FORMATS[(number + view) % len(FORMATS)]
    picture = Image.new("RGB", (width, height), PAPERS[number % len(PAPERS)])
    pen = ImageDraw.Draw(picture)
    cloth, middle, top = CLOTHS[(number + 2 * view) % len(CLOTHS)], width // 2, height // 6
    half, hem = min(width, height) // 4, height - height // 8
    pen.line([(middle, top - 30), (middle, top)], fill="#555", width=5)
    body = [(middle - half // 2, top), (middle + half // 2, top), (middle + half, hem), (middle - half, hem)]
    pen.polygon(body, fill=cloth)
    for side in (-1, 1):
        arm = [
            (middle + side * half // 2, top),
            (middle + side * half * 3 // 2, height // 2),
            (middle + side * half, height // 2 + 20),
        ]
        pen.polygon([*arm, (middle + side * half // 3, top + 80)], fill=cloth)
    pen.line([(middle, top + 10), (middle, hem)], fill=PAPERS[number % len(PAPERS)], width=3)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def add_pictures_to_styles() -> None:
    for number, style in enumerate(Style.objects.order_by("pk")):
        colours = list(Sku.objects.filter(style=style).order_by("pk").values_list("colour", flat=True))
        colours = list(dict.fromkeys(colours))[:2]
        contents = [(draw(number, view), colour) for view, colour in enumerate([*colours, ""])]
        named = {hashlib.sha256(content).hexdigest(): (content, colour) for content, colour in contents}
        store_pictures({sha256: content for sha256, (content, _) in named.items()}, now=clock.now())
        add_pictures(
            pictures=[
                NewPicture(style.pk, sha256, colour, at) for at, (sha256, (_, colour)) in enumerate(named.items())
            ],
            source=PictureSource.ARCHIVE,
            now=clock.now(),
        )
    while make_picture_sizes(clock=clock.now):
        pass
