"""Pictures of goods, for everybody who knows their hash."""

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from accounts.permissions import public_page
from inventory.rules import PICTURE_WIDTHS
from inventory.uploads.selectors import open_picture


@public_page
@require_safe
def picture(request: HttpRequest, sha256: str, width: int) -> FileResponse:
    """A web size of a picture. Named by its hash, it never changes."""
    file = open_picture(sha256, width) if width in PICTURE_WIDTHS else None
    if file is None:
        raise Http404
    return FileResponse(
        file.content, content_type="image/jpeg", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
