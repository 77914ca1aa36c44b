"""Where payment providers call back (PAY-4)."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.permissions import public_page
from kernel import clock
from orders.pages.bounded_log import BoundedLog
from orders.services.provider_payments import receive_callback
from payments.rules import Provider
from payments.services.accounts import is_provider_on
from payments.services.port import Forged
from web.outbound import NoAnswer

MAX_CALLBACK_BYTES = 64 * 1024
"""More is refused by the web server to whoever is not signed in."""
_bounded_log = BoundedLog(logging.getLogger("weicang.payments"))


@public_page
@csrf_exempt
@require_POST
def wechat_callback(request: HttpRequest) -> HttpResponse:
    """A callback of WeChat Pay. It is answered as taken once it is stored, whatever it says: WeChat repeats all others for a day."""
    if not is_provider_on(Provider.WECHAT):
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_CALLBACK_BYTES:
        return _refused("it is too large", 413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receive_callback(provider=Provider.WECHAT, headers=headers, body=request.body, now=clock.now())
    except Forged as why:
        return _refused(str(why), 401)
    except NoAnswer:
        return _refused("WeChat's certificates cannot be loaded", 503)
    return HttpResponse(status=204)


def _refused(why: str, status: int) -> JsonResponse:
    _bounded_log.warn(f"a callback of WeChat Pay was refused: {why}")
    return JsonResponse({"code": "FAIL", "message": why}, status=status)
