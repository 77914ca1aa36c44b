"""The brand's own workbook back, with what the reader and the matching found in it; pictures; the template."""

import hashlib
import io
import struct
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
import pytest
from PIL import Image
from pytest_django import Settings

from accounts.rules import Actor
from inventory.models import Picture, Upload, UploadJob
from inventory.rules import UploadState
from inventory.uploads import annotate, apply, pictures, selectors
from inventory.uploads.annotate import annotate_workbook, uploads_to_annotate
from inventory.uploads.file_keys import annotated_key, picture_key, workbook_key
from storage.files import get_store
from tests.inventory.stock_workbooks import HEADER, NOW, Line, later, preview, units, workbook

pytestmark = pytest.mark.django_db

KNIT = Line()


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    """The pictures here have made-up hashes, so each test begins with an empty store."""
    settings.STORAGE_URL = f"file://{tmp_path}"


def as_xlsx(*lines: Line) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for line in lines:
        sheet.append(line.cells())
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_the_marked_copy_shows_what_the_reader_and_the_books_found(clerk: Actor) -> None:
    data = as_xlsx(KNIT, replace(KNIT, size="L", quantity=-2), replace(KNIT, style_no="M1", category="奶粉"))
    view = preview(clerk, data, "库存.xlsx")
    assert uploads_to_annotate(now=NOW) == [view.id]
    with pytest.raises(selectors.AnnotatedCopyNotReady):
        selectors.open_annotated_copy(view.id)
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    assert not annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    file = selectors.open_annotated_copy(view.id)
    assert file.name.endswith(".xlsx")
    comments = _comments(file.content)
    for code in ("negative_quantity", "category_forbidden"):
        assert any(code in comment for comment in comments), code


def test_the_marked_copy_is_named_by_its_content(clerk: Actor) -> None:
    view = preview(clerk, as_xlsx(replace(KNIT, quantity=-2)), "库存.xlsx")
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    row = Upload.objects.get()
    with selectors.open_annotated_copy(view.id).content as content:
        assert row.annotated_sha256 == hashlib.sha256(content.read()).hexdigest()
    assert annotated_key(row) == f"annotated/{view.id}/{row.annotated_sha256}"


def test_a_marked_copy_does_not_hide_behind_other_bytes_of_the_same_preview(clerk: Actor) -> None:
    """A worker was killed after it had stored a copy; the next one makes other bytes, for example with a later release."""
    view = preview(clerk, as_xlsx(replace(KNIT, quantity=-2)), "库存.xlsx")
    changes_to = Upload.objects.get().changes_to
    get_store().create(f"annotated/{view.id}/{changes_to}", io.BytesIO(b"of the worker that was killed"))
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    with selectors.open_annotated_copy(view.id).content as content:
        assert content.read(2) == b"PK"


def test_a_marked_copy_from_before_the_hash_was_kept_can_be_read(clerk: Actor) -> None:
    view = preview(clerk, as_xlsx(replace(KNIT, quantity=-2)), "库存.xlsx")
    changes_to = Upload.objects.get().changes_to
    get_store().create(f"annotated/{view.id}/{changes_to}", io.BytesIO(b"old copy"))
    Upload.objects.update(annotated_name="库存-标注.xlsx")
    with selectors.open_annotated_copy(view.id).content as content:
        assert content.read() == b"old copy"


def test_there_is_no_marked_copy_of_a_faultless_upload(clerk: Actor) -> None:
    view = preview(clerk, workbook(KNIT))
    assert uploads_to_annotate(now=NOW) == []
    with pytest.raises(selectors.NoAnnotatedCopy):
        selectors.open_annotated_copy(view.id)


def test_a_copy_whose_maker_was_killed_is_made_by_another(clerk: Actor) -> None:
    view = preview(clerk, workbook(replace(KNIT, quantity=-2)))
    UploadJob.objects.update(annotate_lease_until=later(5))
    assert uploads_to_annotate(now=later(4)) == []
    assert not annotate_workbook(upload_id=view.id, clock=lambda: later(4))
    assert uploads_to_annotate(now=later(5)) == [view.id]
    assert annotate_workbook(upload_id=view.id, clock=lambda: later(5))


def test_the_template_filled_in_comes_back_clean(clerk: Actor, brand_id: int) -> None:
    data, name = annotate.stock_template()
    assert name.endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    row = next(n for n in range(1, 40) if str(sheet.cell(n, 1).value or "").startswith("示例")) + 1
    values: list[Any] = ["T900", "针织衫", "女上装", "黑色", "M", "", 399, 99, 5]
    for column, value in enumerate(values, start=1):
        sheet.cell(row, column).value = value
    packed = io.BytesIO()
    book.save(packed)
    view = preview(clerk, packed.getvalue(), "模板.xlsx")
    assert (view.state, view.faults, view.added) == (UploadState.PREVIEW, 0, 1)
    apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert units(brand_id) == {"T900 黑色 M": 5}


def picture(mode: str = "RGB", size: tuple[int, int] = (1200, 900), kind: str = "PNG") -> bytes:
    packed = io.BytesIO()
    Image.new(mode, size, "red" if mode != "P" else 3).save(packed, kind)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "PNG"), ("RGBA", "PNG"), ("RGB", "JPEG"), ("P", "GIF"), ("L", "BMP")]
)
def test_pictures_are_stored_once_and_made_into_web_sizes(db: None, mode: str, kind: str) -> None:
    data = picture(mode, kind=kind)
    sha256 = hashlib.sha256(data).hexdigest()
    pictures.store_pictures({sha256: data}, now=NOW)
    pictures.store_pictures({sha256: data}, now=later(1))
    assert Picture.objects.count() == 1
    assert selectors.open_picture(sha256, 320) is None
    assert pictures.make_picture_sizes(clock=lambda: NOW) == 1
    assert pictures.make_picture_sizes(clock=lambda: NOW) == 0
    file = selectors.open_picture(sha256, 320)
    assert file is not None
    with file.content, Image.open(file.content) as small:
        assert (small.format, small.size) == ("JPEG", (320, 240))


@pytest.mark.parametrize("data", [b"", b"no picture", picture()[:200], b"GIF89a" + b"\xff" * 50])
def test_what_is_no_picture_is_kept_and_never_shown(db: None, data: bytes) -> None:
    pictures.store_pictures({"ab" * 32: data}, now=NOW)
    assert pictures.make_picture_sizes(clock=lambda: NOW) == 1
    assert selectors.open_picture("ab" * 32, 320) is None
    assert get_store().read(picture_key("ab" * 32)) == data


def test_a_file_that_cannot_be_marked_is_not_read_again(clerk: Actor) -> None:
    view = preview(clerk, as_xlsx(KNIT, replace(KNIT, size="L", quantity=-2)), "库存.xlsx")
    get_store().replace(workbook_key(view.sha256), io.BytesIO(b"%PDF-1.7"))
    assert not annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    assert uploads_to_annotate(now=later(60)) == []
    assert not annotate_workbook(upload_id=view.id, clock=lambda: later(60))
    with pytest.raises(selectors.AnnotationImpossible):
        selectors.open_annotated_copy(view.id)
    assert selectors.get_upload(view.id).annotation_failure == "unsupported_format"


def test_the_marked_copy_and_the_page_count_the_same(clerk: Actor) -> None:
    lines = (KNIT, replace(KNIT, size="L", quantity=-2), replace(KNIT, style_no="M1", category="奶粉"))
    view = preview(clerk, as_xlsx(*lines, replace(KNIT, size="S", tag_fen=-1, quantity=-1)), "库存.xlsx")
    assert (view.rows, view.added, view.faults) == (1, 1, 4)
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    with selectors.open_annotated_copy(view.id).content as copy:
        front = openpyxl.load_workbook(copy).worksheets[0]
    assert [front["A2"].value, front["A3"].value] == [
        "读入 1 个商品，4 处需要修改。",
        "1 items read, 4 places to mend.",
    ]
    counts = [str(row[1].value) for row in front.iter_rows(min_row=7) if str(row[1].value).isdigit()]
    assert sum(map(int, counts)) == 4


def test_a_broken_picture_stops_no_other(db: None) -> None:
    tags = struct.pack("<H", 2) + struct.pack("<HHI4sHHI4s", 0x0112, 3, 1, b"\6\0\0\0", 0x011A, 2, 4, b"abc\0")
    phone = io.BytesIO()
    Image.new("RGB", (400, 300)).save(phone, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + tags + bytes(4))
    pictures.store_pictures({"01" * 32: b"no picture", "02" * 32: phone.getvalue(), "03" * 32: picture()}, now=NOW)
    get_store().delete(picture_key("01" * 32))  # its file is lost: nothing that a decoder could say
    assert pictures.make_picture_sizes(clock=lambda: NOW) == 3
    waits = {"01" * 32: None, "02" * 32: NOW, "03" * 32: NOW}
    assert dict(Picture.objects.values_list("pk", "sized_at")) == waits
    assert [_is_shown(each * 32) for each in ("01", "02", "03")] == [False, True, True]
    assert pictures.make_picture_sizes(clock=lambda: NOW) == 0  # its lease has to end first
    assert [pictures.make_picture_sizes(clock=partial(later, minutes)) for minutes in (2, 4, 6)] == [1, 1, 1]
    assert pictures.make_picture_sizes(clock=lambda: later(10)) == 0
    assert Picture.objects.get(pk="01" * 32).sized_at == later(6)


def _is_shown(sha256: str) -> bool:
    file = selectors.open_picture(sha256, 320)
    if file is not None:
        file.content.close()
    return file is not None


def _comments(content: BinaryIO) -> list[str]:
    with content:
        book = openpyxl.load_workbook(content)
    cells = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return [cell.comment.text for cell in cells if cell.comment]
