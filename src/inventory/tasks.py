"""Nudges of the uploads: a row that waits is the truth, and the sweep finds it where a nudge was lost."""

from celery import shared_task

from inventory.uploads.annotate import mark_upload, unmarked_uploads
from inventory.uploads.parse import make_ready, waiting_uploads
from inventory.uploads.parse import read_upload as read_one
from inventory.uploads.pictures import size_pictures
from inventory.uploads.purge import purge_expired
from jobs.enqueue import enqueue_on_commit
from kernel import clock


@shared_task
def read_upload(upload_id: int) -> None:
    """Read one upload up to its preview, then have its copy marked and its pictures sized."""
    if read_one(upload_id=upload_id, clock=clock.now):
        enqueue_on_commit("inventory.tasks.mark_copy", upload_id)
        enqueue_on_commit("inventory.tasks.make_web_sizes")
        make_ready()


@shared_task
def mark_copy(upload_id: int) -> None:
    mark_upload(upload_id=upload_id, clock=clock.now)
    make_ready()


@shared_task
def make_web_sizes() -> None:
    """Size a few pictures and come back for the rest, so that nobody waits behind a thousand of them."""
    if size_pictures(clock=clock.now):
        enqueue_on_commit("inventory.tasks.make_web_sizes")


@shared_task
def sweep_uploads() -> None:
    """Nudge for every upload that waits, was lost by a worker, or lacks its marked copy, and for pictures without sizes."""
    now = clock.now()
    for upload_id in waiting_uploads(now=now):
        enqueue_on_commit("inventory.tasks.read_upload", upload_id)
    for upload_id in unmarked_uploads(now=now):
        enqueue_on_commit("inventory.tasks.mark_copy", upload_id)
    enqueue_on_commit("inventory.tasks.make_web_sizes")


@shared_task
def sweep_workbooks() -> None:
    purge_expired(now=clock.now())
