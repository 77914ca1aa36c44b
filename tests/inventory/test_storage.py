"""The files of uploads in a bucket, and what happens while the store cannot be reached or has lost one."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.rules import Actor
from accounts.services.tokens import issue_token
from inventory.models import Picture, Upload
from inventory.rules import UploadState
from inventory.uploads import apply, pictures, receive, selectors
from inventory.uploads.annotate import annotate_workbook, uploads_to_annotate
from inventory.uploads.file_keys import annotated_key, picture_key, workbook_key
from inventory.uploads.parse import claimable_uploads, read_upload
from inventory.uploads.purge import purge_expired
from inventory.uploads.views import UploadView
from jobs.leases import LEASE
from storage.files import get_store
from storage.objects import StorageUnavailable
from tests.inventory.stock_workbooks import NOW, Line, later, preview, send, units, workbook
from tests.storage.bucket import bucket

pytestmark = pytest.mark.django_db

KNIT = Line()
DATA = workbook(KNIT, replace(KNIT, size="L", quantity=-2))
AWAY = "s3://nowhere?endpoint=http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _in_a_bucket(settings: Settings) -> Iterator[None]:
    with bucket("weicang") as (url, _):
        settings.STORAGE_URL = url
        yield


def test_the_files_of_an_upload_live_and_expire_in_a_bucket(clerk: Actor, brand_id: int) -> None:
    view = preview(clerk, DATA)
    pictures.store_pictures({"ab" * 32: b"no picture"}, now=NOW)
    assert annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    apply.apply_upload(actor=clerk, upload_id=view.id, now=NOW)
    with selectors.open_workbook(view.id).content as content:
        assert content.read() == DATA
    with selectors.open_annotated_copy(view.id).content as content:
        assert content.read(2) == b"PK"
    assert pictures.make_picture_sizes(clock=lambda: NOW) == 1
    # A bucket stamps its objects by its own clock.
    long_after = datetime.now(UTC) + timedelta(days=100)
    assert purge_expired(now=long_after) == 3
    keys = workbook_key(view.sha256), annotated_key(Upload.objects.get()), picture_key("ab" * 32)
    assert [get_store().head(key) for key in keys] == [None] * 3
    with pytest.raises(selectors.FileExpired):
        selectors.open_workbook(view.id)
    assert units(brand_id) == {"A100 黑色 M": 10}


@pytest.mark.faults
def test_receive_upload_refuses_while_the_store_is_away(clerk: Actor, settings: Settings) -> None:
    settings.STORAGE_URL = AWAY
    with pytest.raises(StorageUnavailable):
        send(clerk, DATA)
    assert not Upload.objects.exists()
    token = issue_token(actor=clerk, label="test", now=NOW)
    program = Client(headers={"authorization": f"Bearer {token}"})
    view = preview_elsewhere(clerk, settings)
    answer = program.get(f"/api/v1/uploads/{view.id}/file")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (
        503,
        "storage.unavailable",
        "5",
    )


def preview_elsewhere(clerk: Actor, settings: Settings) -> UploadView:
    with bucket("elsewhere") as (url, _):
        settings.STORAGE_URL = url
        view = preview(clerk, DATA)
    settings.STORAGE_URL = AWAY
    return view


@pytest.mark.faults
def test_read_upload_tries_again_once_the_store_is_back(clerk: Actor, settings: Settings) -> None:
    upload_id = send(clerk, DATA)
    there, settings.STORAGE_URL = settings.STORAGE_URL, AWAY
    for turn in range(5):  # more often than MAX_ATTEMPTS: the file is not to blame
        at = later(2 * turn)
        with pytest.raises(StorageUnavailable):
            read_upload(upload_id=upload_id, clock=partial(later, 2 * turn))
        assert claimable_uploads(now=at) == []
        assert claimable_uploads(now=at + LEASE) == [upload_id]
    settings.STORAGE_URL = there
    assert read_upload(upload_id=upload_id, clock=lambda: later(10))
    assert (selectors.get_upload(upload_id).state, selectors.get_upload(upload_id).added) == (UploadState.PREVIEW, 1)


@pytest.mark.faults
def test_annotate_tries_again_once_the_store_is_back(clerk: Actor, settings: Settings) -> None:
    view = preview(clerk, DATA)
    there, settings.STORAGE_URL = settings.STORAGE_URL, AWAY
    for turn in range(5):
        with pytest.raises(StorageUnavailable):
            annotate_workbook(upload_id=view.id, clock=partial(later, 10 * turn))
    settings.STORAGE_URL = there
    assert uploads_to_annotate(now=later(60)) == [view.id]
    assert annotate_workbook(upload_id=view.id, clock=lambda: later(60))
    assert selectors.get_upload(view.id).is_annotated


@pytest.mark.faults
def test_a_workbook_that_the_store_has_lost_is_refused_by_name(clerk: Actor) -> None:
    upload_id = send(clerk, DATA)
    get_store().delete(workbook_key(selectors.get_upload(upload_id).sha256))
    assert read_upload(upload_id=upload_id, clock=lambda: NOW)
    view = selectors.get_upload(upload_id)
    assert (view.state, view.reason) == (UploadState.REFUSED, "file_missing")
    assert "no longer in the platform's storage" in view.reason_en
    assert preview(clerk, DATA).added == 1


@pytest.mark.faults
def test_annotate_of_a_workbook_that_the_store_has_lost_says_so(clerk: Actor) -> None:
    view = preview(clerk, DATA)
    get_store().delete(workbook_key(view.sha256))
    assert not annotate_workbook(upload_id=view.id, clock=lambda: NOW)
    assert selectors.get_upload(view.id).annotation_failure == "file_missing"
    with pytest.raises(selectors.FileExpired):
        selectors.open_workbook(view.id)
    receive.cancel_upload(actor=clerk, upload_id=view.id, now=NOW)


@pytest.mark.faults
def test_a_picture_is_drawn_after_the_store_was_away_however_long(db: None, settings: Settings) -> None:
    present = settings.STORAGE_URL
    image = io.BytesIO()
    Image.new("RGB", (400, 300)).save(image, "JPEG")
    pictures.store_pictures({"0a" * 32: image.getvalue()}, now=NOW)
    settings.STORAGE_URL = AWAY
    assert [pictures.make_picture_sizes(clock=partial(later, minutes)) for minutes in (2, 4, 6, 8, 10)] == [1] * 5
    settings.STORAGE_URL = present
    assert pictures.make_picture_sizes(clock=partial(later, 12)) == 1
    row = Picture.objects.get()
    assert (row.width, row.attempts, row.sized_at) == (400, 1, later(12))


def test_purge_expired_ignores_objects_that_are_no_copies(db: None) -> None:
    for key in ("annotated/.DS_Store", "annotated/x/y", "annotated/7"):
        get_store().create(key, io.BytesIO(b"x"))
    get_store().create(workbook_key("ab" * 32), io.BytesIO(b"x"))
    purge_expired(now=datetime.now(UTC) + timedelta(days=100))
    keys = ("annotated/.DS_Store", "annotated/x/y", "annotated/7", workbook_key("ab" * 32))
    assert [get_store().head(key) is None for key in keys] == [False, False, True, True]
