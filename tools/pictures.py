"""Puts the pictures of README and guides into docs/pictures, with few colours, since they are kept in the repository.

python3 noxfile.py -s pictures                                          takes all of them anew
python3 noxfile.py -s pictures -- tests/browser/test_finance_day.py     only those of some tests
python tools/pictures.py folder                                         takes those that the documents show out of a folder
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
