"""Old workbooks are thrown away, and nothing else (STOCK-10)."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.rules import Actor
from inventory.models import Picture, Style, Upload, UploadChange, UploadFault, UploadStyle
from inventory.uploads import apply, pictures, receive, selectors, undo
from inventory.uploads.annotate import annotate_workbook
from inventory.uploads.file_keys import WORKBOOKS, annotated_key, picture_key, workbook_key
from inventory.uploads.purge import purge_expired
from storage.files import get_store, store_chunks
from storage.folder import UNFINISHED, FolderStore
from tests.inventory.stock_workbooks import NOW, Line, preview, send, units, upload_and_apply, workbook

pytestmark = pytest.mark.django_db

KNIT = Line()
DUE = NOW + timedelta(days=90)


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    """Files of other tests, whose uploads are rolled back, belong to no upload."""
    settings.STORAGE_URL = f"file://{tmp_path}"


def file_at(key: str) -> Path:
    store = get_store()
    assert isinstance(store, FolderStore)
    return store.path(key)


def aged(upload_id: int) -> Upload:
    """An upload whose files were stored when it came."""
    row = Upload.objects.get(pk=upload_id)
    for path in (file_at(workbook_key(row.sha256)), file_at(annotated_key(row))):
        if path.exists():
            os.utime(path, (NOW.timestamp() - 1, NOW.timestamp() - 1))
    return row


def test_ninety_days_after_it_ended_an_upload_has_no_files_and_all_its_figures(clerk: Actor) -> None:
    view = preview(clerk, workbook(KNIT, replace(KNIT, size="L", quantity=-2)))
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    apply.apply_upload(actor=clerk, upload_id=view.id, confirm_prices=True, now=NOW)
    row, before = aged(view.id), selectors.get_upload(view.id)
    assert purge_expired(now=DUE - timedelta(seconds=1)) == 0
    assert purge_expired(now=DUE) == 2
    assert not file_at(workbook_key(row.sha256)).exists()
    assert not file_at(annotated_key(row)).exists()
    assert selectors.get_upload(view.id) == before
    with pytest.raises(selectors.FileExpired):
        selectors.open_annotated_copy(view.id)
    assert purge_expired(now=DUE) == 0


def test_an_upload_without_its_file_can_be_undone(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(clerk, workbook(KNIT))
    aged(view.id)
    assert purge_expired(now=DUE) == 1
    undo.undo_upload(actor=clerk, upload_id=view.id, now=DUE)
    assert set(units(brand_id).values()) <= {0}


@pytest.mark.parametrize("state", ["cancelled", "refused"])
def test_three_days_after_an_upload_was_refused_or_cancelled_nothing_is_left_of_it(clerk: Actor, state: str) -> None:
    view = preview(clerk, workbook(KNIT, replace(KNIT, size="L", quantity=-2)))
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    pictures.store_pictures({"ab" * 32: b"picture", "cd" * 32: b"picture", "ef" * 32: b"other"}, now=NOW)
    UploadStyle.objects.filter(upload_id=view.id).update(picture="ab" * 32)
    brand_id = Upload.objects.get(pk=view.id).brand_id
    Style.objects.create(brand_id=brand_id, style_no="B1", picture="cd" * 32)
    receive.cancel_upload(actor=clerk, upload_id=view.id, now=NOW)
    Upload.objects.filter(pk=view.id).update(state=state)
    row = aged(view.id)
    for each in ("ab", "cd", "ef"):
        os.utime(file_at(picture_key(each * 32)), (NOW.timestamp() - 1, NOW.timestamp() - 1))
    due = NOW + timedelta(days=3)
    assert purge_expired(now=due - timedelta(seconds=1)) == 0
    assert purge_expired(now=due) == 4
    assert not file_at(workbook_key(row.sha256)).exists()
    assert not file_at(annotated_key(row)).exists()
    assert list(Picture.objects.values_list("pk", flat=True)) == ["cd" * 32]
    assert [file_at(picture_key(each * 32)).exists() for each in ("ab", "cd", "ef")] == [False, True, False]
    assert (UploadChange.objects.count(), UploadStyle.objects.count(), UploadFault.objects.count()) == (0, 0, 0)
    assert selectors.changes_of_upload(view.id).items == []
    assert purge_expired(now=due) == 0


def test_a_stored_file_of_which_no_upload_knows_goes_after_three_days(db: None) -> None:
    sha256, _ = store_chunks(WORKBOOKS, [b"nobody's"], limit=100, now=NOW)
    left = file_at(UNFINISHED) / "tmp1234"
    left.write_bytes(b"half a fi")
    for path in (file_at(workbook_key(sha256)), left):
        os.utime(path, (NOW.timestamp() - 1, NOW.timestamp() - 1))
    assert purge_expired(now=NOW + timedelta(days=2)) == 0
    assert purge_expired(now=NOW + timedelta(days=3)) == 2
    assert not file_at(workbook_key(sha256)).exists()


def test_the_file_of_an_open_upload_stays_however_old(clerk: Actor) -> None:
    path = file_at(workbook_key(aged(send(clerk, workbook(KNIT))).sha256))
    assert purge_expired(now=DUE) == 0
    assert path.exists()


def test_a_file_stays_while_a_later_upload_of_the_same_bytes_needs_it(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    path = file_at(workbook_key(aged(send(clerk, workbook(KNIT))).sha256))
    assert purge_expired(now=DUE) == 0
    assert path.exists()


def test_bytes_that_arrive_just_now_stay_before_their_upload_has_a_row(clerk: Actor) -> None:
    view = upload_and_apply(clerk, workbook(KNIT))
    sha256 = aged(view.id).sha256
    os.utime(file_at(workbook_key(sha256)), (DUE.timestamp(), DUE.timestamp()))
    assert purge_expired(now=DUE) == 0
    assert file_at(workbook_key(sha256)).exists()


def test_store_chunks_renews_old_bytes_that_arrive_again(clerk: Actor) -> None:
    view = upload_and_apply(clerk, workbook(KNIT))
    key = workbook_key(aged(view.id).sha256)
    again = DUE + timedelta(days=1)
    send(clerk, workbook(KNIT), now=again)
    head = get_store().head(key)
    assert head is not None
    assert head.stored_at > NOW
