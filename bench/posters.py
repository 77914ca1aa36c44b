"""How long the pictures of a pack take to draw (FORWARD-15): seconds of CPU per poster and per square, in one process.

    python -m bench.posters [--repeat 20] [--out bench/results/posters.json]

The photos are drawn here, 960 × 1280 points as the larger web size has them. Printed are the first poster of the process, which opens the
typeface, and the median of the others; a poster must take a second at most.
"""

import argparse
import io
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from forwarding.drawing import draw_poster, draw_square
from forwarding.rules.packs import PackContent, PackStyle

MAX_SECONDS = 1.0


def photo(seed: int) -> bytes:
    """A JPEG that is as hard to decode as a photograph: gradients, shapes and noise."""
    chance = random.Random(seed)
    picture = Image.effect_noise((960, 1280), 40).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for _ in range(120):
        left, top = chance.randrange(900), chance.randrange(1200)
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        pen.ellipse((left, top, left + chance.randrange(20, 300), top + chance.randrange(20, 300)), colour)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=84)
    return out.getvalue()


def style(number: int) -> PackStyle:
    return PackStyle(
        style_id=number,
        number=number,
        name="羊毛双面呢大衣 中长款宽松 秋冬新款女装外套",
        price_fen=69900 + number,
        tag_price_fen=329900,
        sizes=("S", "M", "L", "XL", "2XL", "165/88A"),
        sold_out=("XS", "3XL"),
        selling_point="90% 绵羊毛，垂感好，冬天一件就够",
        defects="袖口有轻微污渍（驼色 M）",
        pictures=(str(number),),
    )


def content(styles: int) -> PackContent:
    chosen = tuple(style(number) for number in range(1, styles + 1))
    return PackContent("小鹿的店", "https://weicang.example/f/AbCdEfGhIjKlMnOp/", "11-24 20:00", styles, chosen)


def seconds_of(draw: Callable[[], bytes], repeat: int) -> list[float]:
    found = []
    for _ in range(repeat):
        began = time.process_time()
        draw()
        found.append(time.process_time() - began)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    photos = [photo(seed) for seed in range(9)]
    one, nine = content(1), content(9)
    first = seconds_of(lambda: draw_poster(one, photos[:1]), 1)[0]
    figures = {
        "first poster of the process": first,
        "poster of one style": statistics.median(seconds_of(lambda: draw_poster(one, photos[:1]), arguments.repeat)),
        "poster of nine styles": statistics.median(seconds_of(lambda: draw_poster(nine, photos), arguments.repeat)),
        "square": statistics.median(
            seconds_of(lambda: draw_square(style(3), photos[0], labelled=True), arguments.repeat)
        ),
    }
    for name, seconds in figures.items():
        print(f"{name}: {seconds:.3f} s")
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        rounded = {name: round(seconds, 4) for name, seconds in figures.items()}
        arguments.out.write_text(json.dumps(rounded, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return int(max(figures.values()) > MAX_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
