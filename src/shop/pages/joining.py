"""A stranger with an invitation code becomes a reseller."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts.gates import public_page
from accounts.verbs import verify_sign_in
from kernel import clock
from kernel.refusal import Refusal
from membership import verbs
from shop.forms import JoinForm


@public_page
@sensitive_post_parameters("password")
def join(request: HttpRequest) -> HttpResponse:
    """`?code=` fills in the code, so that an inviter can send one address."""
    form = JoinForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    sentence = ""
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            verbs.join(**entered, now=clock.now())
        except Refusal as refusal:
            sentence = refusal.sentence(request.LANGUAGE_CODE)
        else:
            person = verify_sign_in(login=entered["login"], password=entered["password"])
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("shop:home")
    return render(request, "shop/join.html", {"form": form, "sentence": sentence})
