"""Photos of cases, for those who may see them."""

from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import SIGN_IN_ROLES
from aftersales.selectors.photos import NoSuchPhoto, read_photo
from web.file_responses import jpeg_answer


@role_required(*SIGN_IN_ROLES)
@require_safe
def photo(request: ActorRequest, photo_id: int, width: int) -> FileResponse:
    """A size of a photo; 404 for those who may not see it."""
    try:
        return jpeg_answer(read_photo(request.actor, photo_id, width))
    except NoSuchPhoto as missing:
        raise Http404 from missing
