"""Puts the pictures of README and guides into docs/pictures, with few colours, since they are kept in the repository.

WEICANG_SCREENSHOTS=folder python3 noxfile.py -s browser -- tests/browser/test_walk.py tests/browser/test_evening.py …
python tools/pictures.py folder          then takes those that the documents show
"""

import re
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
COLOURS = 96
MAX_WIDTH = 1280
SHOWN = re.compile(r"pictures/([\w-]+\.png)\)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])


def shown() -> list[str]:
    """The names of the pictures that a document shows."""
    return sorted({name for page in DOCUMENTS for name in SHOWN.findall(page.read_text("utf-8"))})


def main() -> None:
    folder = Path(sys.argv[1])
    for name in shown():
        if not (folder / name).exists():
            continue
        with Image.open(folder / name) as taken:
            picture = taken.convert("RGB")
            if picture.width > MAX_WIDTH:
                picture = picture.resize(
                    (MAX_WIDTH, picture.height * MAX_WIDTH // picture.width), Image.Resampling.LANCZOS
                )
            picture.quantize(COLOURS).save(PICTURES / name, optimize=True)
        print(f"{name} {(PICTURES / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
