"""An anonymous visitor with an invitation code becomes a reseller."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.permissions import public_page
from kernel import clock
from kernel.refusal import Refusal
from membership.services import invitations
from shop.forms import JoinForm
from web.client import client_address


@public_page
@sensitive_post_parameters("password")
def join(request: HttpRequest) -> HttpResponse:
    """`?code=` fills in the code, so that an inviter can send a link.

    The redirect to the sign-in page is the same whether the login was free or taken: the page reveals nobody's membership.
    """
    form = JoinForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        try:
            invitations.request_to_join(**fields, address=client_address(request), now=clock.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("已提交，请用刚才填写的登录名和密码登录。若登录不了，说明这个登录名不能用，请换一个重新加入。"),
            )
            query = urlencode({"login": fields["login"], "next": reverse("shop:home")})
            return redirect(f"{reverse('sign_in')}?{query}")
    context = {"form": form, "sentence": refusal.sentence(request.LANGUAGE_CODE) if refusal else ""}
    response = render(request, "shop/join.html", context, status=refusal.status if refusal else 200)
    for name, value in (refusal.headers() if refusal else {}).items():
        response[name] = value
    return response
