"""Old workbooks are thrown away, and nothing else (STOCK-10)."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.rules import Actor
from inventory import files, queries, verbs
from inventory.models import Upload
from inventory.verbs.forgetting import forget_workbooks
from inventory.verbs.marking import mark_upload
from tests.inventory.goods import NOW, Line, land, preview, send, units, workbook

pytestmark = pytest.mark.django_db

KNIT = Line()
DUE = NOW + timedelta(days=90)


def aged(upload_id: int) -> str:
    """Its files were stored when it came; gives their hash."""
    sha256 = Upload.objects.get(pk=upload_id).sha256
    for path in (files.workbook_path(sha256), files.marked_path(upload_id)):
        if path.exists():
            os.utime(path, (NOW.timestamp() - 1, NOW.timestamp() - 1))
    return sha256


def test_ninety_days_after_it_ended_an_upload_has_no_files_and_all_its_figures(clerk: Actor) -> None:
    view = preview(clerk, workbook(KNIT, replace(KNIT, size="L", quantity=-2)))
    assert mark_upload(upload_id=view.id, clock=lambda: NOW)
    verbs.commit_upload(actor=clerk, upload_id=view.id, confirm_prices=True, now=NOW)
    sha256, before = aged(view.id), queries.upload(view.id)
    assert forget_workbooks(now=DUE - timedelta(seconds=1)) == 0
    assert forget_workbooks(now=DUE) == 2
    assert not files.workbook_path(sha256).exists()
    assert not files.marked_path(view.id).exists()
    assert queries.upload(view.id) == before
    with pytest.raises(queries.FileForgotten):
        queries.marked_file(view.id)
    assert forget_workbooks(now=DUE) == 0


def test_an_upload_without_its_file_can_be_undone(clerk: Actor, brand_id: int) -> None:
    view = land(clerk, workbook(KNIT))
    aged(view.id)
    assert forget_workbooks(now=DUE) == 1
    verbs.undo_upload(actor=clerk, upload_id=view.id, now=DUE)
    assert set(units(brand_id).values()) <= {0}


def test_the_file_of_an_open_upload_stays_however_old(clerk: Actor) -> None:
    path = files.workbook_path(aged(send(clerk, workbook(KNIT))))
    assert forget_workbooks(now=DUE) == 0
    assert path.exists()


def test_a_file_stays_while_a_later_upload_of_the_same_bytes_needs_it(clerk: Actor) -> None:
    land(clerk, workbook(KNIT))
    path = files.workbook_path(aged(send(clerk, workbook(KNIT))))
    assert forget_workbooks(now=DUE) == 0
    assert path.exists()


def test_bytes_that_arrive_just_now_stay_before_their_upload_has_a_row(clerk: Actor) -> None:
    view = land(clerk, workbook(KNIT))
    sha256 = aged(view.id)
    os.utime(files.workbook_path(sha256), (DUE.timestamp(), DUE.timestamp()))
    assert forget_workbooks(now=DUE) == 0
    assert files.workbook_path(sha256).exists()
