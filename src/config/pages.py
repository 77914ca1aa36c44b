"""The start page, which redirects each role, and the language switch."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import public_page
from accounts.rules import Role
from config.middleware import LANGUAGE_COOKIE
from kernel import clock

HOMES = {Role.OPS: "/console/", Role.FINANCE: "/console/finance/", Role.BRAND: "/portal/", Role.RESELLER: "/shop/"}


@public_page
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("sign_in")
    return redirect(HOMES[Role(request.user.role)])


@public_page
@require_safe
def server_time(request: HttpRequest) -> HttpResponse:
    """The instant in milliseconds since 1970, for countdowns on a phone that has slept. Reads no session and no database."""
    milliseconds = round(clock.now().timestamp() * 1000)
    return HttpResponse(str(milliseconds), content_type="text/plain", headers={"Cache-Control": "no-store"})


@public_page
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie for a year and redirect back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)  # `redirect` would look for a page of that name
    language = "en" if request.POST.get("language") == "en" else "zh"
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
    return response
