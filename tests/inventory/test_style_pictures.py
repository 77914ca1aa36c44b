"""Several pictures of a style: from workbooks, archives and links, their order and cover, and which show a logo (STOCK-13 to STOCK-15)."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.drawing.image import Image as OpenpyxlImage
from PIL import Image
from pytest_django import Settings

from accounts.models import AuditEntry
from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from accounts.services.people import add_person
from inventory import picture_rules
from inventory.models import Picture, Style, Upload, UploadFault
from inventory.picture_models import PictureArchive, PictureLink, StylePicture
from inventory.rules import MAX_STYLE_PICTURES, PictureJobState, PictureSource
from inventory.selectors.pictures import list_pictures, pictures_to_look_at
from inventory.services import style_pictures
from inventory.services.style_pictures import (
    NewPicture,
    NoSuchColour,
    NoSuchStylePicture,
    PicturesChanged,
    add_pictures,
)
from inventory.sql.preview import delete_unused_pictures
from inventory.uploads import apply, undo
from inventory.uploads.picture_archives import read_archive, receive_archive
from inventory.uploads.picture_links import FetchFailed, fetch_picture, follow_links
from inventory.uploads.pictures import make_picture_sizes, store_pictures
from storage.files import get_store
from tests.inventory.stock_workbooks import HEADER, NOW, Line, new_brand, new_clerk, preview, upload_and_apply, workbook

pytestmark = pytest.mark.django_db

KNIT = Line(colour="黑色", size="M")
RED = replace(KNIT, colour="红色")


def png(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (seed * 37 % 256, seed * 91 % 256, seed)).save(out, "PNG")
    return out.getvalue()


def sheet(
    lines: Sequence[Line], pictures: Sequence[tuple[str, int]] = (), links: dict[int, str] | None = None
) -> bytes:
    """An xlsx; pictures lie at cells, links stand in a column of their own (by line from 0)."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append([*HEADER, "图片", "成分", "产地", "卖点"])
    for at, line in enumerate(lines):
        cells: list[Any] = [*line.cells()]
        cells[6:] = [float(each) for each in cells[6:]]
        page.append([*cells, (links or {}).get(at), "100%棉", "浙江", "显瘦"])
    for place, seed in pictures:
        image = OpenpyxlImage(io.BytesIO(png(seed)))
        image.height = image.width = 18
        page.add_image(image, place)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def shown(style_no: str = "A100", *, without_logos: bool = False) -> list[tuple[str, str]]:
    """Colour and source of each picture, in order."""
    style_id = Style.objects.get(style_no=style_no).pk
    found = list_pictures([style_id], without_logos=without_logos).get(style_id, [])
    return [(each.colour, each.source) for each in found]


def sent(clerk: Actor, files: dict[str, bytes]) -> PictureArchive:
    view = receive_archive(actor=clerk, filename="图片.zip", chunks=[packed(files)], now=NOW)
    assert read_archive(archive_id=view.id, clock=lambda: NOW)
    assert not read_archive(archive_id=view.id, clock=lambda: NOW)
    return PictureArchive.objects.get(pk=view.id)


# STOCK-13
def test_a_workbook_gives_a_style_all_of_its_pictures_and_facts_and_undoing_takes_them_back(clerk: Actor) -> None:
    first = upload_and_apply(clerk, workbook(KNIT, RED))
    view = preview(clerk, sheet([KNIT, RED], [("K2", 1), ("L2", 2), ("K3", 2), ("L3", 3)]))
    assert (view.changed, view.styles_changed, StylePicture.objects.count()) == (0, 1, 0)
    apply.apply_upload(actor=clerk, upload_id=view.id, now=NOW)
    style = Style.objects.get()
    assert (style.fabric, style.origin, style.selling_point) == ("100%棉", "浙江", "显瘦")
    rows = list(StylePicture.objects.order_by("position"))
    assert [(row.position, row.colour, row.source) for row in rows] == [
        (0, "黑色", "workbook"), (1, "", "workbook"), (2, "红色", "workbook"),
    ]  # fmt: skip
    assert style.picture == rows[0].sha256
    again = preview(clerk, sheet([KNIT, RED], [("K2", 1), ("L2", 2), ("K3", 2), ("L3", 3)]))
    assert again.styles_changed == 0
    apply.apply_upload(actor=clerk, upload_id=again.id, now=NOW)
    undo.undo_upload(actor=clerk, upload_id=again.id, now=NOW)
    assert StylePicture.objects.count() == 3
    undo.undo_upload(actor=clerk, upload_id=view.id, now=NOW)
    style.refresh_from_db()
    assert (StylePicture.objects.count(), style.picture, style.fabric, style.origin) == (0, "", "", "")
    assert Upload.objects.get(pk=first.id).state == "applied"


def test_a_picture_that_a_style_has_already_does_not_become_its_cover_anew(clerk: Actor) -> None:
    upload_and_apply(clerk, sheet([KNIT], [("K2", 1), ("L2", 2)]))
    style = Style.objects.get()
    first, second = StylePicture.objects.order_by("position").values_list("sha256", flat=True)
    arranged = style_pictures.arrange_pictures(actor=clerk, style_id=style.pk, sha256s=[second, first], now=NOW)
    assert [(each.sha256, each.is_cover) for each in arranged] == [(second, True), (first, False)]
    upload_and_apply(clerk, sheet([replace(KNIT, quantity=9)], [("K2", 1), ("L2", 3)]))
    style.refresh_from_db()
    assert (style.picture, StylePicture.objects.count()) == (second, 3)


def test_undoing_an_upload_removes_a_style_that_only_it_added_with_its_pictures(clerk: Actor) -> None:
    view = upload_and_apply(clerk, sheet([KNIT], [("K2", 1)], {0: "http://example.com/a.jpg"}))
    assert (StylePicture.objects.count(), PictureLink.objects.count()) == (1, 1)
    undo.undo_upload(actor=clerk, upload_id=view.id, now=NOW)
    assert (Style.objects.count(), StylePicture.objects.count(), PictureLink.objects.count()) == (0, 0, 0)


# STOCK-14
def test_an_archive_gives_pictures_to_the_styles_that_its_files_are_named_by(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT, RED, replace(KNIT, style_no="A100-1")))
    row = sent(
        clerk,
        {
            "图/A100_2.jpg": png(2),
            "图/A100.jpg": png(1),
            "图/A100_红色.png": png(3),
            "A100-1/1.jpg": png(4),
            "A100-1/黑色/2.jpg": png(5),
            "__MACOSX/A100.jpg": b"junk",
            "B200.jpg": png(6),
            "A100_紫色.jpg": png(7),
            "A100_9.txt": b"text",
            "A100_8.jpg": b"no picture",
            "../A100.jpg": png(8),
        },
    )
    assert (row.state, row.taken) == ("done", 5)
    assert sorted(map(tuple, row.left_out)) == [
        ("../A100.jpg", "unsafe_name"), ("A100_8.jpg", "not_a_picture"), ("A100_9.txt", "not_a_picture"),
        ("A100_紫色.jpg", "unknown_colour"), ("B200.jpg", "no_style"),
    ]  # fmt: skip
    assert shown("A100") == [("", "archive"), ("红色", "archive"), ("", "archive")]
    assert shown("A100-1") == [("", "archive"), ("黑色", "archive")]
    assert Style.objects.get(style_no="A100").picture
    assert make_picture_sizes(clock=lambda: NOW) == 5
    assert Picture.objects.filter(width=8).count() == 5


def test_an_archive_is_refused_whole_where_it_is_none_or_holds_too_much(
    clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = receive_archive(actor=clerk, filename="a.zip", chunks=[b"PK no zip"], now=NOW)
    assert read_archive(archive_id=view.id, clock=lambda: NOW)
    assert PictureArchive.objects.get(pk=view.id).reason == "not_a_zip"
    bomb = packed({f"A100_{n}.jpg": bytes(9_000_000) for n in range(60)})
    assert len(bomb) < 1_000_000
    view = receive_archive(actor=clerk, filename="b.zip", chunks=[bomb], now=NOW)
    assert read_archive(archive_id=view.id, clock=lambda: NOW)
    assert PictureArchive.objects.get(pk=view.id).reason == "too_large_inside"
    assert (StylePicture.objects.count(), Picture.objects.count()) == (0, 0)


def test_a_file_that_inflates_to_more_than_it_says_is_left_out(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    content = packed({"A100.jpg": bytes(30_000_000)})
    size = (30_000_000).to_bytes(4, "little")
    content = content.replace(size, (1000).to_bytes(4, "little"))
    view = receive_archive(actor=clerk, filename="a.zip", chunks=[content], now=NOW)
    assert read_archive(archive_id=view.id, clock=lambda: NOW)
    row = PictureArchive.objects.get(pk=view.id)
    assert (row.state, row.taken, row.left_out) == ("done", 0, [["A100.jpg", "not_a_picture"]])


def test_an_archive_of_another_brand_does_not_reach_the_styles(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    stranger = new_clerk(new_brand("别家"), "other")
    row = sent(stranger, {"A100.jpg": png(1)})
    assert (row.taken, row.left_out, StylePicture.objects.count()) == (0, [["A100.jpg", "no_style"]], 0)


def test_a_style_takes_twenty_pictures(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    row = sent(clerk, {f"A100_{n}.jpg": png(n) for n in range(1, MAX_STYLE_PICTURES + 3)})
    assert (row.taken, [why for _, why in row.left_out]) == (MAX_STYLE_PICTURES, ["style_is_full"] * 2)
    assert StylePicture.objects.count() == MAX_STYLE_PICTURES


@given(st.text(max_size=30))
def test_no_name_leaves_the_archive(name: str) -> None:
    parts = picture_rules.safe_parts(name)
    assert parts is None or (parts and not {"..", "", "."} & set(parts) and not name.startswith(("/", "\\")))


STYLES = {"a100": 1, "a100-1": 2, "2023夏": 3}
COLOURS = {1: {"红色", "深 蓝"}, 2: {"黑"}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A100.jpg", picture_rules.NamedPicture(1, "", 0)),
        ("a100 (3).JPG", picture_rules.NamedPicture(1, "", 3)),
        ("A100_红色.jpg", picture_rules.NamedPicture(1, "红色", 0)),
        ("A100_红色_2.jpg", picture_rules.NamedPicture(1, "红色", 2)),
        ("A100/深蓝/12.png", picture_rules.NamedPicture(1, "深 蓝", 12)),
        ("A100-1.jpg", picture_rules.NamedPicture(2, "", 0)),
        ("A100-2.jpg", picture_rules.NamedPicture(1, "", 2)),
        ("春/A100-1/3.jpg", picture_rules.NamedPicture(2, "", 3)),
        ("2023夏_1.jpg", picture_rules.NamedPicture(3, "", 1)),
        ("A1001.jpg", "no_style"),
        ("A100_绿色.jpg", "unknown_colour"),
        ("1.jpg", "no_style"),
    ],
)
def test_name_picture(name: str, expected: object) -> None:
    parts = picture_rules.safe_parts(name)
    assert parts is not None
    assert picture_rules.name_picture(parts, STYLES, COLOURS) == expected


def test_a_name_of_chinese_windows_is_read() -> None:
    assert picture_rules.archive_name("红色.jpg".encode("gb18030").decode("cp437"), is_utf8=False) == "红色.jpg"
    assert picture_rules.archive_name("A.jpg", is_utf8=True) == "A.jpg"


class _Pictures(BaseHTTPRequestHandler):
    """A host of pictures: /ok.png, /text, /large, /broken and /to?address."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/to":
            self.send_response(302)
            self.send_header("Location", query)
            self.end_headers()
            return
        status, body = {
            "/ok.png": (200, png(1)), "/two.png": (200, png(2)), "/text": (200, b"<html>"),
            "/large": (200, bytes(21 * 1024 * 1024)), "/broken": (503, b""),
        }.get(path, (404, b""))  # fmt: skip
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def host(settings: Settings) -> Iterator[str]:
    """The address of a host of pictures on this machine, the only one that links may lead to."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PRIVATE_PICTURE_HOSTS = frozenset({f"127.0.0.1:{server.server_port}"})
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


# STOCK-15
def test_a_worker_fetches_the_pictures_behind_links_and_reports_what_fails_at_its_row(clerk: Actor, host: str) -> None:
    links = {0: f"{host}/ok.png {host}/two.png", 1: f"{host}/nothing.png"}
    view = upload_and_apply(clerk, sheet([KNIT, RED], links=links))
    assert StylePicture.objects.count() == 0
    assert follow_links(clock=lambda: NOW) == 3
    assert shown() == [("黑色", "link"), ("黑色", "link")]
    assert Style.objects.get().picture
    fault = UploadFault.objects.get(code="picture_link_failed")
    assert (fault.kind, fault.row, fault.value) == ("warning", 3, f"{host}/nothing.png")
    assert "没有这个文件" in fault.message_zh
    assert "no such file" in fault.message_en
    assert Upload.objects.get(pk=view.id).warnings == view.warnings + 1
    assert follow_links(clock=lambda: NOW) == 0
    again = upload_and_apply(clerk, sheet([replace(KNIT, quantity=3), RED], links={0: f"{host}/ok.png"}))
    assert PictureLink.objects.filter(upload_id=again.id).count() == 0


def test_a_link_whose_server_fails_is_tried_again_and_given_up_after_three_times(clerk: Actor, host: str) -> None:
    upload_and_apply(clerk, sheet([KNIT], links={0: f"{host}/broken"}))
    for turn, tried in ((0, 1), (1, 0), (11, 1), (22, 1), (33, 0)):
        assert follow_links(clock=partial(NOW.__add__, timedelta(minutes=turn))) == tried
    link = PictureLink.objects.get()
    assert (link.state, link.attempts, link.reason) == (PictureJobState.REFUSED.value, 3, "server_error")
    assert StylePicture.objects.count() == 0


def test_a_link_leads_to_no_private_host_not_even_by_a_redirect(host: str, settings: Settings) -> None:
    assert fetch_picture(f"{host}/to?{host}/ok.png") == png(1)
    other = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    try:
        inner = f"http://127.0.0.1:{other.server_port}/ok.png"
        for address, reason in (
            (f"{host}/to?{inner}", "not_public"),
            (inner, "not_public"),
            ("http://localhost/ok.png", "not_public"),
            ("http://169.254.169.254/latest", "not_public"),
            ("http://[::1]/ok.png", "not_public"),
            ("http://[::ffff:10.0.0.1]/ok.png", "not_public"),
            ("http://0x7f000001/ok.png", "not_public"),
            ("http://user:secret@example.com/a.jpg", "not_public"),
            ("file:///etc/passwd", "not_an_address"),
            (f"{host}/to?file:///etc/passwd", "not_an_address"),
            (f"{host}/to?{host}/to?{host}/to?{host}/to?{host}/ok.png", "too_many_redirects"),
            (f"{host}/text", "not_a_picture"),
            (f"{host}/large", "too_large"),
        ):
            with pytest.raises(FetchFailed, match=reason):
                fetch_picture(address)
        settings.PRIVATE_PICTURE_HOSTS = frozenset()
        with pytest.raises(FetchFailed, match="not_public"):
            fetch_picture(f"{host}/ok.png")
    finally:
        other.shutdown()
        other.server_close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("10.1.2.3", False), ("127.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("2606:4700::1111", True), ("::1", False), ("fe80::1", False),
        ("fd00::1", False), ("::ffff:127.0.0.1", False), ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False),
    ],
)  # fmt: skip
def test_is_public(address: str, public: bool) -> None:
    assert picture_rules.is_public(address) is public


def test_a_brand_orders_and_removes_the_pictures_of_its_own_styles_only(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    sent(clerk, {f"A100_{n}.jpg": png(n) for n in (1, 2, 3)})
    style = Style.objects.get()
    first, second, third = StylePicture.objects.order_by("position").values_list("sha256", flat=True)
    stranger = new_clerk(new_brand("别家"), "other")
    with pytest.raises(NoSuchStylePicture):
        style_pictures.remove_picture(actor=stranger, style_id=style.pk, sha256=first, now=NOW)
    with pytest.raises(NoSuchStylePicture):
        style_pictures.arrange_pictures(actor=stranger, style_id=style.pk, sha256s=[third, second, first], now=NOW)
    with pytest.raises(PicturesChanged):
        style_pictures.arrange_pictures(actor=clerk, style_id=style.pk, sha256s=[third, second], now=NOW)
    assert [row.sha256 for row in StylePicture.objects.order_by("position")] == [first, second, third]
    left = style_pictures.remove_picture(actor=clerk, style_id=style.pk, sha256=first, now=NOW)
    assert [(each.sha256, each.is_cover) for each in left] == [(second, True), (third, False)]
    assert style_pictures.remove_picture(actor=clerk, style_id=style.pk, sha256=first, now=NOW) == left


def test_a_brand_says_which_colour_a_picture_shows(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT, RED))
    style = Style.objects.get()
    contents = {hashlib.sha256(png(seed)).hexdigest(): png(seed) for seed in (1, 2)}
    store_pictures(contents, now=NOW)
    first, second = contents
    add_pictures(
        pictures=[NewPicture(style.pk, first, "黑色", 1), NewPicture(style.pk, second, "", 2)],
        source=PictureSource.ARCHIVE,
        now=NOW,
    )

    def colours() -> list[str]:
        return [each.colour for each in list_pictures([style.pk], without_logos=False)[style.pk]]

    say = partial(style_pictures.set_picture_colours, actor=clerk, style_id=style.pk, now=NOW)
    say(colours={first: "", second: "红色"})
    assert colours() == ["", "红色"]
    say(colours={first: "", second: "红色"})
    assert AuditEntry.objects.filter(action="inventory.set_picture_colours").count() == 1
    with pytest.raises(NoSuchColour):
        say(colours={first: "黑色", second: "紫色"})
    with pytest.raises(NoSuchStylePicture):
        say(colours={first: "黑色", "0" * 64: ""})
    with pytest.raises(NoSuchStylePicture):
        say(actor=new_clerk(new_brand("别家"), "other"), colours={first: "黑色"})
    assert colours() == ["", "红色"]


def test_a_cover_from_before_styles_had_several_pictures_can_be_removed(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    Style.objects.update(picture="a" * 64)
    style = Style.objects.get()
    assert [each.sha256 for each in list_pictures([style.pk], without_logos=False)[style.pk]] == ["a" * 64]
    assert style_pictures.remove_picture(actor=clerk, style_id=style.pk, sha256="a" * 64, now=NOW) == []
    style.refresh_from_db()
    assert (style.picture, StylePicture.objects.count()) == ("", 0)


def test_ops_mark_pictures_with_logos_and_nobody_else_does(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT, replace(KNIT, style_no="B200")))
    sent(clerk, {"A100_1.jpg": png(1), "A100_2.jpg": png(2), "B200.jpg": png(1)})
    make_picture_sizes(clock=lambda: NOW)
    ops = add_person(actor=SYSTEM, login="looks", name="运营", role=Role.OPS, password="wei-cang-77", now=NOW)
    ids = [each.id for each in pictures_to_look_at().items]
    assert len(ids) == 3
    with pytest.raises(NotAllowed):
        style_pictures.mark_logos(actor=clerk, with_logo=ids, without_logo=[], now=NOW)
    assert StylePicture.objects.filter(looked_at=None).count() == 3
    assert style_pictures.mark_logos(actor=ops, with_logo=ids[:1], without_logo=ids[1:2], now=NOW) == 3
    assert pictures_to_look_at().items == []
    assert sorted(row.style.style_no for row in StylePicture.objects.filter(has_logo=True)) == ["A100", "B200"]
    assert len(shown("A100", without_logos=True)) == 1
    assert shown("B200", without_logos=True) == []
    assert len(shown("A100")) == 2
    assert style_pictures.mark_logos(actor=ops, with_logo=ids[:1], without_logo=ids[1:2], now=NOW) == 0


def test_a_picture_stays_while_a_style_has_it(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    store_pictures({f"{n}" * 64: png(n) for n in (1, 2)}, now=NOW)
    style = Style.objects.get()
    pictures = [NewPicture(style.pk, "1" * 64, "", 0), NewPicture(style.pk, "2" * 64, "", 1)]
    assert add_pictures(pictures=pictures, source=PictureSource.ARCHIVE, now=NOW) == []
    late = NOW + timedelta(days=100)
    assert delete_unused_pictures(before=late) == 0
    style_pictures.remove_picture(actor=clerk, style_id=style.pk, sha256="2" * 64, now=NOW)
    assert delete_unused_pictures(before=late) == 1
    assert get_store() is not None
