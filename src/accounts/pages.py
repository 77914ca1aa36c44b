"""Signing in and out."""

from typing import Any

from django import forms
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import verbs
from accounts.gates import public_page
from kernel.refusal import Refusal


class SignInForm(forms.Form):
    login = forms.CharField(
        label=_("手机号或登录名"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )


@public_page
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            person = verbs.verify_sign_in(**form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            return redirect(_safe_next(request))
    context: dict[str, Any] = {"form": form, "next": request.GET.get("next", "")}
    if refusal:
        context["sentence"] = refusal.sentence(request.LANGUAGE_CODE)
    return render(request, "accounts/sign_in.html", context, status=refusal.status if refusal else 200)


@public_page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next") or "/"
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else "/"
