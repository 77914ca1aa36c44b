"""How fast the pages for customers open on a phone: Lighthouse with its mobile settings (slow 4G, a quarter of the speed).

    python3 noxfile.py -s page_speed                      plays the demo in a folder of its own, then runs this
    python3 noxfile.py -s page_speed -- --runs 5 --out bench/results/page_speed.md

Each page is loaded `--runs` times with an empty cache; the middle figure is told. It fails where a page is slower than MAX_LCP_SECONDS or
Lighthouse's accessibility audit finds something. The demo's pictures are drawings of 7 KB, so every page is measured a second time with
photographs in their place, 25 KB at 320 points and 170 KB at 960; those figures are told, and do not fail it.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import io
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.urls import reverse
from PIL import Image, ImageDraw, ImageFilter

from accounts.rules import Actor
from accounts.selectors import actor_of
from forwarding.models import Forward, Wish
from forwarding.rules.pages import SelectedStyle
from forwarding.selectors.forwards import build_customer_page
from forwarding.services.forwards import create_forward, create_selection_forward, stop_forward
from forwarding.services.storefronts import open_storefront
from imports.pictures import web_sizes
from inventory.models import Picture
from inventory.rules import PICTURE_WIDTHS
from inventory.uploads.file_keys import picture_key
from kernel import clock
from storage.files import get_store

MAX_LCP_SECONDS = 2.0
LIGHTHOUSE = ROOT / "bench/lighthouse/node_modules/lighthouse/cli/index.js"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one load: seconds until something and until the largest thing is painted, share of the page that moved, bytes, scores of 100."""

    fcp_seconds: float
    lcp_seconds: float
    layout_shift: float
    total_bytes: int
    performance: int
    accessibility: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    paths = customer_paths()
    os.environ["WEICANG_LOG_LEVEL"] = "ERROR"
    with web_server() as address:
        drawings = measure_all(address, paths, arguments.runs)
        use_photographs()
        photographs = measure_all(address, paths, arguments.runs)
    report = "\n".join(
        [
            f"{time.strftime('%Y-%m-%d')}, {machine()}, {browser()}, Lighthouse {lighthouse_version()}.",
            "Mobile, simulated slow 4G (150 ms, 1.6 Mbit/s), processor four times slower;",
            f"the middle of {arguments.runs} loads. {busy()}",
            "",
            *table("The demo's pictures (7 KB)", drawings),
            "",
            *table("Photographs (25 KB at 320 points, 170 KB at 960)", photographs),
            "",
        ]
    )
    print(report)
    if arguments.out:
        arguments.out.write_text(report)
    return int(any(each.lcp_seconds > MAX_LCP_SECONDS or each.accessibility < 100 for each in drawings.values()))


def customer_paths() -> dict[str, str]:
    """One page of each kind, by name: what the demo has, and what is made here of its goods."""
    now = clock.now()
    of_sales = Forward.objects.filter(stopped_at=None, sale__isnull=False, style=None)
    forward = of_sales.select_related("reseller__person", "sale__brand").latest("id")
    me = actor_of(forward.reseller.person)
    styles = build_customer_page(forward, at=now).view.styles
    assert forward.sale_id is not None
    picked = [SelectedStyle(forward.sale_id, each.style_id) for each in styles[:3]]
    selection = create_selection_forward(actor=me, styles=picked, now=now)
    one = create_forward(actor=me, sale_id=forward.sale_id, style_id=styles[0].style_id, now=now)
    wish = Wish.objects.exclude(token=None).exclude(token="").earliest("id")
    assert wish.token
    return {
        "page of a sale": reverse("customer_page", args=[forward.token]),
        "page of one style": reverse("customer_page", args=[one.token]),
        "selection": reverse("customer_page", args=[selection.token]),
        "living poster": reverse("poster_page", args=[forward.token]),
        "wish": reverse("wish_page", args=[wish.token]),
        "gone": reverse("customer_page", args=[gone_token(me, forward.sale_id, styles[-1].style_id)]),
        "storefront": reverse("storefront_page", args=[open_storefront(actor=me, now=now).token]),
    }


def gone_token(me: Actor, sale_id: int, style_id: int) -> str:
    """Of a page that its reseller took back."""
    stopped = create_forward(actor=me, sale_id=sale_id, style_id=style_id, now=clock.now())
    return stop_forward(actor=me, forward_id=stopped.id, now=clock.now()).token


def use_photographs() -> None:
    """Put pictures that are as large as photographs in the place of the demo's. The folder is deleted afterwards."""
    store = get_store()
    for number, sha256 in enumerate(Picture.objects.order_by("pk").values_list("pk", flat=True)):
        for width, content in web_sizes(photograph(number), PICTURE_WIDTHS).versions.items():
            store.replace(picture_key(sha256, width), io.BytesIO(content))


def photograph(seed: int) -> bytes:
    """A JPEG that is as large as a photograph of that size: shapes, gradients and the grain of a lens."""
    chance = random.Random(seed)
    picture = Image.linear_gradient("L").resize((1200, 1600)).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for _ in range(120):
        left, top = chance.randrange(1100), chance.randrange(1500)
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        pen.ellipse((left, top, left + chance.randrange(20, 350), top + chance.randrange(20, 350)), colour)
    grain = Image.effect_noise((1200, 1600), 60).convert("RGB").filter(ImageFilter.GaussianBlur(1.5))
    out = io.BytesIO()
    Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), grain, 0.35).save(out, "JPEG", quality=92)
    return out.getvalue()


@contextmanager
def web_server() -> Iterator[str]:
    """The service as it is served; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "config.server", f"--fd={listener.fileno()}"]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()])
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        wait_for(f"{address}/health/live")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def measure_all(address: str, paths: dict[str, str], runs: int) -> dict[str, Figures]:
    return {name: median([measure(address + path) for _ in range(runs)]) for name, path in paths.items()}


def measure(address: str) -> Figures:
    """One load. A page that is gone answers 410, which Lighthouse calls an error of the document unless it is told otherwise."""
    command = [
        "node", str(LIGHTHOUSE), address, "--quiet", "--output=json", "--only-categories=performance,accessibility",
        "--ignore-status-code", "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise SystemExit(f"Lighthouse failed on {address}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    audits = {name: audit.get("numericValue") or 0.0 for name, audit in found["audits"].items()}
    failed = [name for name, audit in found["audits"].items() if audit["score"] == 0 and is_of(found, name)]
    if failed:
        print(f"{address}: {', '.join(failed)}", file=sys.stderr)
    return Figures(
        fcp_seconds=audits["first-contentful-paint"] / 1000,
        lcp_seconds=audits["largest-contentful-paint"] / 1000,
        layout_shift=audits["cumulative-layout-shift"],
        total_bytes=int(audits["total-byte-weight"]),
        performance=round(found["categories"]["performance"]["score"] * 100),
        accessibility=round(found["categories"]["accessibility"]["score"] * 100),
    )


def is_of(found: dict[str, Any], audit: str) -> bool:
    """Whether an audit counts for accessibility."""
    return any(each["id"] == audit for each in found["categories"]["accessibility"]["auditRefs"])


def median(runs: list[Figures]) -> Figures:
    """The load with the middle time until the largest thing is painted."""
    wanted = statistics.median_low(each.lcp_seconds for each in runs)
    return next(each for each in runs if each.lcp_seconds == wanted)


def table(title: str, found: dict[str, Figures]) -> list[str]:
    rows = [
        f"| {name} | {each.fcp_seconds:.2f} | {each.lcp_seconds:.2f} | {each.layout_shift:.3f} | {each.total_bytes / 1000:.0f} "
        f"| {each.performance} | {each.accessibility} |"
        for name, each in found.items()
    ]
    return [
        f"| {title} | first paint s | largest paint s | layout shift | KB in all | performance | accessibility |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
    ]


def machine() -> str:
    model = next((line.partition(":")[2].strip() for line in cpu_lines() if line.startswith("model name")), "")
    return f"{os.cpu_count()} cores {model or platform.machine()}"


def busy() -> str:
    """What else ran: on a busy machine the times are longer than the page's own."""
    return f"Processes that wanted a core in the minute before the end: {os.getloadavg()[0]:.1f}."


def cpu_lines() -> list[str]:
    return Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []


def browser() -> str:
    told = subprocess.run([os.environ["CHROME_PATH"], "--version"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "Chromium"


def lighthouse_version() -> str:
    return str(json.loads((LIGHTHOUSE.parents[1] / "package.json").read_text())["version"])


if __name__ == "__main__":
    sys.exit(main())
