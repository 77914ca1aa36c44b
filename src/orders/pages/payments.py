"""Where payment providers call back (PAY-4)."""

import logging
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.permissions import public_page
from kernel import clock
from orders.pages.bounded_log import BoundedLog
from orders.services.provider_payments import receive_callback
from payments.rules.payments import Provider
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
    refused = _take(Provider.WECHAT, request)
    if refused is None:
        return HttpResponse(status=204)
    return JsonResponse({"code": "FAIL", "message": refused.why}, status=refused.status)


@public_page
@csrf_exempt
@require_POST
def alipay_callback(request: HttpRequest) -> HttpResponse:
    """A callback of Alipay. Its whole answer must be the word success, else Alipay repeats it for a day."""
    refused = _take(Provider.ALIPAY, request)
    if refused is None:
        return HttpResponse("success", content_type="text/plain")
    return HttpResponse("failure", content_type="text/plain", status=refused.status)


@dataclass(frozen=True, slots=True)
class _Refused:
    why: str
    status: int


def _take(provider: Provider, request: HttpRequest) -> _Refused | None:
    """Take a callback; None where it is stored, else why it is refused, which is logged."""
    if not is_provider_on(provider):
        raise Http404
    refused = None
    headers = {name.lower(): value for name, value in request.headers.items()}
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_CALLBACK_BYTES:
        refused = _Refused("it is too large", 413)
    else:
        try:
            receive_callback(provider=provider, headers=headers, body=request.body, now=clock.now())
        except Forged as why:
            refused = _Refused(str(why), 401)
        except NoAnswer:
            refused = _Refused("the provider's keys cannot be loaded", 503)
    if refused is not None:
        _bounded_log.warn(f"a callback of {provider.value} was refused: {refused.why}")
    return refused
