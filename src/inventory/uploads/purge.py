"""Old files are deleted; what is known of the uploads (name, hash, counts, what they changed) stays (STOCK-10)."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from inventory.models import Picture, Upload
from inventory.picture_models import PictureArchive
from inventory.rules import OPEN_STATES, PictureJobState, UploadState
from inventory.sql import preview as sql_preview
from inventory.uploads.file_keys import ANNOTATED, ARCHIVES, PICTURES, WORKBOOKS
from storage.files import delete_objects, get_store
from storage.objects import StoredObject

_NEVER_APPLIED = (UploadState.REFUSED.value, UploadState.CANCELLED.value)


def purge_expired(*, now: datetime) -> int:
    """Delete workbooks and annotated copies whose uploads ended long ago, and pictures that nothing names; returns how many files.

    Refused and cancelled uploads lose theirs after KEEP_REFUSED_WORKBOOKS, with the rows of their preview; the others after KEEP_WORKBOOKS.
    A file stays while any upload of the same bytes is open, ended lately, or still waits for its annotated copy. A file that never became
    an upload goes like that of a refused one.
    """
    purge = _Purge(now)
    purge.delete_previews()
    deleted = delete_objects(WORKBOOKS, purge.expired_workbooks)
    deleted += delete_objects(ANNOTATED, purge.expired_copies)
    deleted += delete_objects(PICTURES, purge.expired_pictures)
    deleted += delete_objects(ARCHIVES, purge.expired_archives)
    return deleted + get_store().delete_unfinished(before=purge.refused_before)


class _Purge:
    """What may go at one time. Each `expired_…` chooses among a page of stored objects with one query."""

    def __init__(self, now: datetime) -> None:
        self.refused_before = now - settings.KEEP_REFUSED_WORKBOOKS
        self.applied_before = now - settings.KEEP_WORKBOOKS
        self._never_applied = Q(state__in=_NEVER_APPLIED)
        self._in_use = (
            Q(state__in=[state.value for state in OPEN_STATES])
            | Q(ended_at__isnull=True)
            | Q(faults__gt=0, annotated_name="", annotation_failure="", state=UploadState.APPLIED.value)
            | (self._never_applied & Q(ended_at__gt=self.refused_before))
            | (~self._never_applied & Q(ended_at__gt=self.applied_before))
        )

    def delete_previews(self) -> None:
        """Delete the rows of previews that were never applied, and of pictures that nothing names any more."""
        for row in Upload.objects.exclude(self._in_use).filter(self._never_applied, changes_to__gt=0):
            sql_preview.delete_preview(upload_id=row.pk, changes_from=row.changes_from, changes_to=row.changes_to)
            Upload.objects.filter(pk=row.pk).update(changes_from=0, changes_to=0)
        sql_preview.delete_unused_pictures(before=self.refused_before)

    def expired_workbooks(self, page: list[StoredObject]) -> list[StoredObject]:
        uploads = Upload.objects.filter(sha256__in=[_name(each) for each in page])
        needed = set(uploads.filter(self._in_use).values_list("sha256", flat=True))
        applied = set(uploads.exclude(self._never_applied).values_list("sha256", flat=True))
        # The same bytes may be arriving just now, before their upload has a row: they were stored or renewed a moment ago.
        return [each for each in page if _name(each) not in needed and self._is_old(each, _name(each) in applied)]

    def expired_copies(self, page: list[StoredObject]) -> list[StoredObject]:
        page = [each for each in page if _upload_id(each)]
        uploads = Upload.objects.filter(pk__in=[_upload_id(each) for each in page])
        needed = set(uploads.filter(self._in_use).values_list("pk", flat=True))
        applied = set(uploads.exclude(self._never_applied).values_list("pk", flat=True))
        return [
            each for each in page if _upload_id(each) not in needed and self._is_old(each, _upload_id(each) in applied)
        ]

    def expired_pictures(self, page: list[StoredObject]) -> list[StoredObject]:
        """Those that have no row: nothing names them, or their worker was killed before it wrote one."""
        known = set(Picture.objects.filter(pk__in={_sha256(each) for each in page}).values_list("pk", flat=True))
        return [each for each in page if _sha256(each) not in known and self._is_old(each, applied=False)]

    def expired_archives(self, page: list[StoredObject]) -> list[StoredObject]:
        """Those that were read: their pictures are stored by themselves."""
        waiting = PictureArchive.objects.filter(sha256__in=[_name(each) for each in page])
        needed = set(waiting.filter(state=PictureJobState.WAITING.value).values_list("sha256", flat=True))
        return [each for each in page if _name(each) not in needed and self._is_old(each, applied=False)]

    def _is_old(self, stored: StoredObject, applied: bool) -> bool:
        return stored.stored_at < (self.applied_before if applied else self.refused_before)


def _name(stored: StoredObject) -> str:
    return stored.key.rsplit("/", 1)[-1]


def _sha256(picture: StoredObject) -> str:
    """Of a picture or of one of its web sizes."""
    return _name(picture)[:64]


def _upload_id(annotated: StoredObject) -> int:
    """The upload of an annotated copy; 0, which no upload has, for an object that somebody else has put there."""
    parts = annotated.key.split("/")
    return int(parts[1]) if len(parts) > 1 and parts[1].isascii() and parts[1].isdigit() else 0
