"""What WeChat asks of this service's addresses: proof that the domain is ours, and signatures for pages that customers open."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from accounts.permissions import public_page
from kernel import clock
from kernel.refusal import Refusal, TooMany
from web.frequency import WINDOW_SECONDS, asks_too_often
from wechat.services.sharing import sign_page

SIGNATURES_PER_MINUTE = 120
"""Of one network: many customers of a mobile network share an address (WECHAT-4)."""


class TooManySignatures(TooMany):
    code = "wechat.too_many_signatures"
    zh = "签名请求太频繁了，请一分钟后再试"
    en = "Too many pages to sign; try again in a minute"


@public_page
@require_safe
def verification(request: HttpRequest, name: str) -> HttpResponse:
    """The file by which WeChat sees that this domain belongs to the account: its content is the code in its name (WECHAT-3)."""
    if f"{name}.txt" not in settings.WECHAT_VERIFICATION_FILES:
        raise Http404
    return HttpResponse(name.rpartition("_")[2], content_type="text/plain; charset=ascii")


@public_page
@require_safe
def page_signature(request: HttpRequest) -> JsonResponse:
    """The signature of the page `?url=`, for the script of the share card (`static/js/share_card.js`)."""
    try:
        if asks_too_often(request, "wechat.page_signature", "", limit=SIGNATURES_PER_MINUTE):
            raise TooManySignatures(retry_after_seconds=WINDOW_SECONDS)
        signed = sign_page(url=request.GET.get("url", ""), host=request.get_host(), now=clock.now())
    except Refusal as refusal:
        answer = JsonResponse({"code": refusal.code, "message": refusal.sentence("zh")}, status=refusal.status)
        for header, value in refusal.headers().items():
            answer[header] = value
        return answer
    return JsonResponse(
        {
            "app_id": signed.app_id,
            "timestamp": signed.timestamp,
            "nonce": signed.nonce,
            "signature": signed.signature,
        },
        headers={"Cache-Control": "no-store"},
    )
