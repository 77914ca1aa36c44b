"""Under which keys the files of uploads lie in the store."""

from inventory.models import Upload
from storage.files import content_key

WORKBOOKS, ANNOTATED, PICTURES, ARCHIVES = "workbooks", "annotated", "pictures", "archives"


def workbook_key(sha256: str) -> str:
    return content_key(WORKBOOKS, sha256)


def archive_key(sha256: str) -> str:
    """A ZIP of pictures as it came."""
    return content_key(ARCHIVES, sha256)


def annotated_key(upload: Upload) -> str:
    """The annotated copy of an upload, named by the upload and by the SHA-256 of its bytes.

    Copies that were made before the hash was kept are named by the last change of their preview instead.
    """
    return f"{ANNOTATED}/{upload.pk}/{upload.annotated_sha256 or upload.changes_to}"


def picture_key(sha256: str, width: int | None = None) -> str:
    """The picture as it came, or its web size of that width."""
    key = content_key(PICTURES, sha256)
    return key if width is None else f"{key}-{width}.jpg"
