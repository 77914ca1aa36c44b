"""Old files are deleted; what was known of the uploads (name, hash, counts, what landed) stays (STOCK-10)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from db import sql
from inventory import files
from inventory.models import Upload, UploadChange, UploadFault, UploadStyle
from inventory.rules import OPEN_STATES, PICTURE_WIDTHS, UploadState

_NEVER_LANDED = (UploadState.REFUSED.value, UploadState.CANCELLED.value)

# What a style or the preview of an upload names, or would name again after an undo, stays.
_UNUSED_PICTURES = """
DELETE FROM inventory_picture p WHERE p.stored_at <= %(before)s
  AND NOT EXISTS (SELECT FROM inventory_style s WHERE s.picture = p.sha256)
  AND NOT EXISTS (SELECT FROM inventory_uploadstyle u WHERE u.picture = p.sha256)
  AND NOT EXISTS (SELECT FROM inventory_uploadstyle u WHERE u.old->>'picture' = p.sha256)
RETURNING p.sha256
"""


def forget_workbooks(*, now: datetime) -> int:
    """Delete stored workbooks and marked copies whose uploads ended long ago, and pictures that nothing names; gives how many files.

    Refused and cancelled uploads lose theirs after KEEP_REFUSED_WORKBOOKS, with the rows of their preview; the others after KEEP_WORKBOOKS.
    A file stays while any upload of the same bytes is open, ended lately, or still waits for its marked copy. A file that never became
    an upload goes like that of a refused one.
    """
    lately, long_ago = now - settings.KEEP_REFUSED_WORKBOOKS, now - settings.KEEP_WORKBOOKS
    unmarked = Q(faults__gt=0, marked="", unmarkable="", state=UploadState.COMMITTED.value)
    open_states = [state.value for state in OPEN_STATES]
    never_landed = Q(state__in=_NEVER_LANDED)
    in_use = Q(state__in=open_states) | Q(ended_at__isnull=True) | unmarked
    in_use |= (never_landed & Q(ended_at__gt=lately)) | (~never_landed & Q(ended_at__gt=long_ago))
    needed = set(Upload.objects.filter(in_use).values_list("sha256", flat=True))
    gone, seen = 0, set[str]()
    for row in Upload.objects.exclude(in_use).only("pk", "sha256", "state", "changes_from", "changes_to").iterator():
        before = lately if row.state in _NEVER_LANDED else long_ago
        gone += files.forget(files.marked_path(row.pk), before=before)
        if row.state in _NEVER_LANDED and row.changes_to:
            _forget_preview(row)
        if row.sha256 not in needed and row.sha256 not in seen:
            seen.add(row.sha256)
            # The same bytes may be arriving just now, before their upload has a row: a file that was stored anew is young.
            gone += files.forget(files.workbook_path(row.sha256), before=before)
    gone += sum(files.forget(path, before=lately) for path in _without_upload())
    return gone + _forget_pictures(lately)


def _forget_preview(row: Upload) -> None:
    UploadChange.objects.of(row).delete()
    for model in (UploadStyle, UploadFault):
        model.objects.filter(upload_id=row.pk).delete()
    Upload.objects.filter(pk=row.pk).update(changes_from=0, changes_to=0)


def _without_upload() -> Iterator[Path]:
    """Stored workbooks of which no upload knows: their brand's quota was full, or their receiver was killed."""
    for stored in files.workbooks():
        known = set(Upload.objects.filter(sha256__in=[path.name for path in stored]).values_list("sha256", flat=True))
        yield from (path for path in stored if path.name not in known)


def _forget_pictures(before: datetime) -> int:
    gone = 0
    for row in sql.rows(_UNUSED_PICTURES, {"before": before}):
        paths = [files.picture_path(row["sha256"], width) for width in (None, *PICTURE_WIDTHS)]
        gone += sum(files.forget(path, before=before) for path in paths)
    return gone
