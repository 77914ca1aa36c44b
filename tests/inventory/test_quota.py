"""STOCK-11: what a brand may upload in a day of Shanghai."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from pytest_django import Settings

from accounts.rules import Actor
from inventory.models import Upload
from inventory.uploads import receive
from inventory.uploads.file_keys import WORKBOOKS
from storage.files import get_store
from tests.inventory.stock_workbooks import NOW, Line, new_brand, new_clerk, send, workbook

KNIT = Line()
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
DATA = workbook(KNIT)


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    """Files of other tests, whose uploads are rolled back, belong to no upload."""
    settings.STORAGE_URL = f"file://{tmp_path}"


def call_off(clerk: Actor, upload_id: int) -> None:
    receive.cancel_upload(actor=clerk, upload_id=upload_id, now=NOW)


@override_settings(MAX_UPLOADS_PER_DAY=2)
def test_the_third_file_of_a_day_is_refused_until_midnight(db: None, clerk: Actor) -> None:
    for _ in range(2):
        call_off(clerk, send(clerk, DATA))
    with pytest.raises(receive.UploadQuotaReached) as refused:
        send(clerk, DATA)
    assert refused.value.status == 429
    assert refused.value.headers() == {"Retry-After": str(8 * 3600 + 1)}
    assert refused.value.sentence("zh") == (
        "贵品牌今天已上传 2 个文件、共 0 MB（每天最多 2 个、500 MB），这个文件放不下；2026-11-23 00:00 起可再上传"
    )
    assert "at most 2 files and 500 MB a day" in refused.value.sentence("en")
    assert Upload.objects.count() == 2
    with pytest.raises(receive.UploadQuotaReached):
        send(clerk, DATA, now=MIDNIGHT.replace(hour=15, minute=59))
    assert send(clerk, DATA, now=MIDNIGHT)
    stranger = new_clerk(new_brand("别家"), "stranger")
    assert send(stranger, DATA)


@override_settings(MAX_UPLOAD_BYTES_PER_DAY=len(DATA) * 2 + 1)
def test_bytes_beyond_the_quota_of_a_day_are_refused_and_not_stored(db: None, clerk: Actor) -> None:
    for _ in range(2):
        call_off(clerk, send(clerk, DATA))
    with pytest.raises(receive.UploadQuotaReached):
        send(clerk, b"xy")
    call_off(clerk, send(clerk, b"x"))
    with pytest.raises(receive.UploadQuotaReached):
        send(clerk, b"z")
    assert Upload.objects.count() == 3
    stored = {each.key.rsplit("/", 1)[-1] for page in get_store().pages(WORKBOOKS) for each in page}
    assert stored == set(Upload.objects.values_list("sha256", flat=True))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@override_settings(MAX_UPLOADS_PER_DAY=1)
def test_a_file_that_came_while_another_was_counted_is_counted_after_it() -> None:
    clerk = new_clerk(new_brand())
    refused: list[BaseException] = []
    stored = threading.Event()
    may_go_on = threading.Event()

    def slowly() -> "list[bytes]":
        stored.set()  # the quota was looked at, and nothing used of it
        assert may_go_on.wait(20)
        return [DATA]

    def second() -> None:
        try:
            receive.receive_upload(
                actor=clerk, filename="b.csv", chunks=(each for each in [b"x"] for _ in [slowly()]), now=NOW
            )
        except receive.UploadQuotaReached as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    assert stored.wait(20)
    call_off(clerk, send(clerk, DATA))
    may_go_on.set()
    thread.join(20)
    assert len(refused) == 1
    assert Upload.objects.count() == 1
