"""Old workbooks are thrown away; what was known of them (name, hash, counts, changes) stays."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from inventory import files
from inventory.models import Upload
from inventory.rules import OPEN_STATES, UploadState


def forget_workbooks(*, now: datetime) -> int:
    """Delete stored workbooks and marked copies whose uploads ended KEEP_WORKBOOKS ago or longer; gives how many (STOCK-10).

    A file stays while any upload of the same bytes is open, ended lately, or still waits for its marked copy.
    """
    before = now - settings.KEEP_WORKBOOKS
    unmarked = Q(faults__gt=0, marked="", unmarkable="", state=UploadState.COMMITTED.value)
    open_states = [state.value for state in OPEN_STATES]
    in_use = Q(state__in=open_states) | Q(ended_at__isnull=True) | Q(ended_at__gt=before) | unmarked
    needed = set(Upload.objects.filter(in_use).values_list("sha256", flat=True))
    gone, seen = 0, set[str]()
    for upload_id, sha256 in Upload.objects.exclude(in_use).values_list("pk", "sha256").iterator():
        gone += files.forget(files.marked_path(upload_id), before=before)
        if sha256 not in needed and sha256 not in seen:
            seen.add(sha256)
            # The same bytes may be arriving just now, before their upload has a row: a file that was stored anew is young.
            gone += files.forget(files.workbook_path(sha256), before=before)
    return gone
