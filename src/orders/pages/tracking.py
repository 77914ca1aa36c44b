"""Where the tracking service pushes what carriers report (TRACK-5)."""

import logging

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.permissions import public_page
from kernel import clock
from orders.pages.bounded_log import BoundedLog
from orders.services.parcel_tracking import receive_push
from tracking.services.account import get_account
from tracking.services.kuaidi100 import PUSH_TAKEN, UnreadablePush, is_push_signed, read_push

MAX_PUSH_BYTES = 64 * 1024
"""More is refused by the web server to whoever is not signed in. What a longer push would tell is asked for instead (TRACK-6)."""
_FORM = "application/x-www-form-urlencoded"


_bounded_log = BoundedLog(logging.getLogger("weicang.tracking"))


@public_page
@csrf_exempt
@require_POST
def kuaidi100_push(request: HttpRequest) -> JsonResponse:
    """A push of kuaidi100: a form with `param` and `sign`. What is not signed by our salt is refused before anything is looked up.

    A push of a number that is not ours is answered as taken, since it would be repeated otherwise.
    """
    account = get_account()
    if account is None or not account.salt:
        raise Http404
    if request.content_type != _FORM or int(request.META.get("CONTENT_LENGTH") or 0) > MAX_PUSH_BYTES:
        return _refused("the form is too large or none", 400)
    param, sign = request.POST.get("param", ""), request.POST.get("sign", "")
    if not is_push_signed(param, sign, salt=account.salt):
        return _refused("the signature is wrong", 403)
    try:
        report = read_push(param)
    except UnreadablePush:
        return _refused("the content cannot be read", 400)
    if not receive_push(report=report, now=clock.now()):
        _bounded_log.warn("a push of kuaidi100 names a number of no parcel")
    return JsonResponse(PUSH_TAKEN)


def _refused(why: str, status: int) -> JsonResponse:
    _bounded_log.warn(f"a push of kuaidi100 was refused: {why}")
    return JsonResponse({"result": False, "returnCode": "500", "message": why}, status=status)
