"""Write the packs of all open forwards into a folder, to look at, as their resellers would send them.

    .nox/demo-py3.11/bin/python -m demo.run_inside tools/write_packs.py FOLDER

It works on the data of the demo; a folder per forward holds its squares, its poster, the archive and the text in each tone.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.urls import reverse

from forwarding.models import Forward
from forwarding.rules.sharing import Tone, share_text
from forwarding.selectors.forwards import build_customer_page
from forwarding.selectors.packs import content_of_page
from forwarding.services.packs import draw_files
from kernel import clock


def write_packs(folder: Path, *, site: str, most: int) -> int:
    """Write the newest `most` forwards that are open and show goods; returns how many there were."""
    now, written = clock.now(), 0
    rows = Forward.objects.filter(stopped_at=None, sale__isnull=False).select_related("reseller__person", "sale__brand")
    for row in rows.order_by("-id")[:most]:
        page = build_customer_page(row, at=now)
        if not page.is_open or not page.view.styles:
            continue
        address = site + reverse("customer_page", args=[row.token])
        content = content_of_page(page, address)
        own = folder / f"forward-{row.pk}"
        own.mkdir(parents=True, exist_ok=True)
        for name, data in draw_files(content, reseller_id=row.reseller_id):
            (own / name).write_bytes(data)
        for tone in Tone:
            text = share_text(page.view, address=address, ends=content.ends, tone=tone)
            (own / f"{tone.value}.txt").write_text(text + "\n", "utf-8")
        written += 1
        print(f"{own}: {len(content.squares)} squares and a poster")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--site", default="http://localhost:8000", help="where customers open the pages")
    parser.add_argument("--most", type=int, default=50, help="so many forwards, the newest first")
    arguments = parser.parse_args()
    print(f"{write_packs(arguments.folder, site=arguments.site, most=arguments.most)} packs")


if __name__ == "__main__":
    main()
