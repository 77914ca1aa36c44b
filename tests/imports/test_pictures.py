"""Pictures find their rows, whichever way a program keeps them."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from imports import pictures, stock_sheet
from tests.imports import binary_builders
from tests.imports.builders import HEADER, goods, png, rewrite


def digest(seed: int) -> str:
    return hashlib.sha256(png(seed)).hexdigest()


def workbook(way: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("库存")
    for column, heading in enumerate(["图片", *HEADER]):
        sheet.write(0, column, heading)
    for number, line in enumerate(goods(), 1):
        sheet.set_row(number, 40)
        for column, value in enumerate(line, 1):
            sheet.write(number, column, value)
        picture = {"image_data": io.BytesIO(png(number)), "x_scale": 10, "y_scale": 10, "x_offset": 3, "y_offset": 3}
        if way == "floating":
            sheet.insert_image(number, 0, f"{number}.png", picture)
        elif way == "in the cell":
            sheet.embed_image(number, 0, f"{number}.png", {"image_data": io.BytesIO(png(number))})
        elif way == "over merged cells" and number in (1, 5):
            sheet.merge_range(number, 0, number + 3, 0, "")
            sheet.insert_image(number, 0, f"{number}.png", picture)
        elif way == "over two rows" and number % 2:
            sheet.insert_image(number, 0, f"{number}.png", {**picture, "x_scale": 20, "y_scale": 26})
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("way", "seeds"),
    [
        ("floating", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("in the cell", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("over merged cells", [1, 1, 1, 1, 5, 5, 5, 5]),
        ("over two rows", [1, 1, 3, 3, 5, 5, 7, 7]),
        ("none", [None] * 8),
    ],
)
def test_read_gives_each_row_its_picture(way: str, seeds: list[int | None]) -> None:
    reading = stock_sheet.read(workbook(way), "库存.xlsx")
    assert reading.faults == []
    assert [row.picture for row in reading.rows] == [None if seed is None else digest(seed) for seed in seeds]
    assert reading.pictures == {digest(seed): png(seed) for seed in set(seeds) if seed is not None}


def test_read_gives_a_row_all_of_its_pictures_once_each() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([[*HEADER, "图片"], *goods(2)]):
            sheet.set_row(number, 40)
            sheet.write_row(number, 0, line)
        for column, seed in ((9, 3), (7, 1), (8, 2), (10, 1)):
            image = {"image_data": io.BytesIO(png(seed)), "x_scale": 10, "y_scale": 10, "x_offset": 3, "y_offset": 3}
            sheet.insert_image(1, column, "a.png", image)
    reading = stock_sheet.read(out.getvalue(), "a.xlsx")
    rows = reading.rows.columns
    assert rows["picture"][1] is None
    assert rows["more_pictures"][1] is None
    found = [rows["picture"][0], *(rows["more_pictures"][0] or ())]
    assert sorted(map(str, found)) == sorted(map(digest, (1, 2, 3)))
    assert sorted(reading.pictures) == sorted(map(digest, (1, 2, 3)))


def jpeg(seed: int) -> bytes:
    """Large enough to be cut into several records."""
    out = io.BytesIO()
    Image.effect_noise((300, 200), 40 + seed).save(out, "JPEG", quality=95)
    return out.getvalue()


# IMPORT-18
def test_read_gives_each_row_of_an_xls_its_picture() -> None:
    contents = [png(1), jpeg(2), png(3)]
    assert len(contents[1]) > 20_000
    lying = [
        binary_builders.Lying(contents[0], 2, 2, column=3),
        binary_builders.Lying(contents[1], 4, 6, begins=200, ends=200),
        binary_builders.Lying(contents[2], 8, 9, begins=250, ends=20),
    ]
    reading = stock_sheet.read(binary_builders.xls([HEADER, *goods()], pictures=lying), "库存.xls")
    assert reading.faults == reading.warnings == []
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    of_row = {row.row: row.picture for row in reading.rows}
    assert of_row == {2: hashes[0], 3: None, 4: None, 5: hashes[1], 6: hashes[1], 7: None, 8: None, 9: hashes[2]}
    assert reading.pictures == dict(zip(hashes, contents, strict=True))


def test_read_gives_each_row_of_an_xlsb_its_picture() -> None:
    source = zipfile.ZipFile(io.BytesIO(workbook("floating")))
    data = binary_builders.xlsb([["图片", *HEADER], *[[None, *line] for line in goods()]])
    for part in source.namelist():
        if "drawing" in part or "media" in part:
            data = rewrite(data, part, source.read(part))
    rels = source.read("xl/worksheets/_rels/sheet1.xml.rels")
    reading = stock_sheet.read(rewrite(data, "xl/worksheets/_rels/sheet1.bin.rels", rels), "库存.xlsb")
    assert reading.faults == reading.warnings == []
    assert [row.picture for row in reading.rows] == [digest(seed) for seed in range(1, 9)]


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a machine that has other things to do
@given(data=st.data())
def test_read_ignores_a_broken_drawing_of_an_xls(data: st.DataObject) -> None:
    """Whatever stands in the drawing records, the goods are read."""
    whole = binary_builders.xls([HEADER, *goods()], pictures=[binary_builders.Lying(png(1), 2, 2)])
    at = whole.index(b"\xeb\x00")
    end = whole.index(b"\x85\x00", at)
    places = st.integers(at + 4, end - 1) | st.integers(whole.index(b"\xec\x00", end) + 4, len(whole) - 1200)
    broken = bytearray(whole)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        broken[place] = byte
    reading = stock_sheet.read(bytes(broken), "库存.xls")
    assert (reading.outcome == "accept" and len(reading.rows) == 8) or reading.reason == "corrupt"


def test_web_sizes_gives_smaller_pictures_without_their_metadata() -> None:
    sizes = pictures.web_sizes(with_tags(Image.new("RGB", (2000, 1000), "navy"), b"Exif\x00\x00secret"), (200, 800))
    assert (sizes.width, sizes.height, sorted(sizes.versions)) == (2000, 1000, [200, 800])
    for width, content in sizes.versions.items():
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (width, width // 2))
        assert b"secret" not in content


LIES_LEFT = (0x0112, 3, 1, b"\x06\x00\x00\x00")


@pytest.mark.parametrize(
    ("entries", "size"),
    [
        ([LIES_LEFT], (300, 400)),
        ([LIES_LEFT, (0x011A, 2, 4, b"abc\x00")], (300, 400)),  # a resolution in letters
        ([LIES_LEFT, (0x010F, 12, 1, b"\x00\x00\x00\x00"), (0x8298, 4, 1, b"\x01\x02\x03\x04")], (300, 400)),
        ([LIES_LEFT, (0x9286, 7, 999_999, b"abc\x00")], (300, 400)),
        ([(0x0112, 2, 4, b"six\x00")], (400, 300)),
        ([(0x0112, 5, 9, b"\xff\xff\xff\xff")], (400, 300)),
    ],
)
def test_web_sizes_of_a_picture_whose_tags_are_of_wrong_types(
    entries: list[tuple[int, int, int, bytes]], size: tuple[int, int]
) -> None:
    tags = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + tags + bytes(4)
    sizes = pictures.web_sizes(with_tags(Image.new("RGB", (400, 300), "navy"), exif), (960,))
    assert (sizes.width, sizes.height) == size
    with Image.open(io.BytesIO(sizes.versions[960])) as small:
        assert small.size == size


def test_web_sizes_of_sixteen_bits_a_point_keeps_its_grey() -> None:
    sizes = pictures.web_sizes(encoded(Image.new("I;16", (40, 30), 0x8000)), (320,))
    with Image.open(io.BytesIO(sizes.versions[320])) as small:
        assert small.getpixel((20, 15)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_web_sizes_of_every_kind_of_png(mode: str) -> None:
    assert sorted(pictures.web_sizes(encoded(Image.new(mode, (1200, 2400))), (320, 960)).versions) == [320, 960]


@pytest.mark.parametrize("content", [b"", b"not a picture", png(1)[:30], b"<svg onload='alert(1)'/>"])
def test_web_sizes_in_child_gives_nothing_for_what_is_no_picture(content: bytes) -> None:
    assert pictures.web_sizes_in_child(content, (320,)) == pictures.WebSizes()


def test_web_sizes_gives_nothing_for_a_picture_beyond_its_bound() -> None:
    assert pictures.web_sizes(encoded(Image.new("1", (9000, 9000))), (320,)) == pictures.WebSizes()


# IMPORT-3
def test_web_sizes_in_child_holds_256_megabytes_at_most(tmp_path: Path) -> None:
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    large.write_bytes(encoded(Image.new("RGBA", (7_700, 7_700), "navy")))  # 237 MB of points in a quarter of a megabyte
    small.write_bytes(encoded(Image.new("RGBA", (4_000, 4_000), "navy")))
    words = (
        "import resource, sys; from imports.pictures import web_sizes_in_child as sizes;"
        "print([sorted(sizes(path, (320,)).versions) for path in sys.argv[1:]],"
        " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [sys.executable, "-c", words, large, small], env=environment, stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    versions, _, megabytes = said.rpartition(" ")
    assert versions == "[[], [320]]"
    assert int(megabytes) <= 256


def with_tags(picture: Image.Image, exif: bytes) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def encoded(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
