"""Background jobs of the uploads. A message may be lost: the periodic sweep finds every row that waits."""

from celery import shared_task

from inventory.uploads.annotate import annotate_workbook, uploads_to_annotate
from inventory.uploads.parse import claimable_uploads, prewarm
from inventory.uploads.parse import read_upload as read_one
from inventory.uploads.picture_archives import read_archive, waiting_archives
from inventory.uploads.picture_links import follow_links
from inventory.uploads.pictures import make_picture_sizes
from inventory.uploads.purge import purge_expired
from jobs.enqueue import enqueue_on_commit
from kernel import clock


@shared_task
def read_upload(upload_id: int) -> None:
    """Read one upload up to its preview, then enqueue its annotated copy and the web sizes of its pictures."""
    if read_one(upload_id=upload_id, clock=clock.now):
        enqueue_on_commit("inventory.tasks.annotate_upload", upload_id)
        enqueue_on_commit("inventory.tasks.make_web_sizes")
        prewarm()


@shared_task
def annotate_upload(upload_id: int) -> None:
    annotate_workbook(upload_id=upload_id, clock=clock.now)
    prewarm()


@shared_task
def make_web_sizes() -> None:
    """Make the web sizes of a few pictures and enqueue the rest, so that workbooks do not wait behind a thousand of them."""
    if make_picture_sizes(clock=clock.now):
        enqueue_on_commit("inventory.tasks.make_web_sizes")


@shared_task
def read_picture_archive(archive_id: int) -> None:
    """Read one archive of pictures, then enqueue their web sizes."""
    if read_archive(archive_id=archive_id, clock=clock.now):
        enqueue_on_commit("inventory.tasks.make_web_sizes")


@shared_task
def follow_picture_links() -> None:
    """Fetch a few pictures behind links and enqueue the rest, so that workbooks do not wait behind a thousand of them."""
    if follow_links(clock=clock.now):
        enqueue_on_commit("inventory.tasks.make_web_sizes")
        enqueue_on_commit("inventory.tasks.follow_picture_links")


@shared_task
def retry_waiting_uploads() -> None:
    """Enqueue every upload that waits, was lost by a worker or lacks its annotated copy, and what waits of pictures."""
    now = clock.now()
    for upload_id in claimable_uploads(now=now):
        enqueue_on_commit("inventory.tasks.read_upload", upload_id)
    for upload_id in uploads_to_annotate(now=now):
        enqueue_on_commit("inventory.tasks.annotate_upload", upload_id)
    for archive_id in waiting_archives(now=now):
        enqueue_on_commit("inventory.tasks.read_picture_archive", archive_id)
    enqueue_on_commit("inventory.tasks.follow_picture_links")
    enqueue_on_commit("inventory.tasks.make_web_sizes")


@shared_task
def sweep_workbooks() -> None:
    purge_expired(now=clock.now())
