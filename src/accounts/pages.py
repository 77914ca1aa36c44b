"""Signing in and out, one's own account, and a new password by a one-time link."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import selectors
from accounts.permissions import ActorRequest, public_page, renew_session, role_required
from accounts.rules import MAX_PASSWORD, SIGN_IN_ROLES
from accounts.services import passwords, tokens
from accounts.services import sign_in as accounts_sign_in
from kernel import clock
from kernel.refusal import Refusal
from web.client import client_address

MAX_TYPED_PASSWORD = 1000
"""Limit for a present password: it may be older than MAX_PASSWORD and longer."""


class SignInForm(forms.Form):
    login = forms.CharField(
        label=_("手机号或登录名"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=MAX_TYPED_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )


class NewPasswordForm(forms.Form):
    new = forms.CharField(
        label=_("新密码"),
        max_length=MAX_PASSWORD,
        strip=False,
        help_text=_("至少 8 位，不要太常见，不能与登录名或手机号相同。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if "new" in self.cleaned_data and again != self.cleaned_data["new"]:
            raise forms.ValidationError(_("两次输入的新密码不一样"))
        return again


class ChangePasswordForm(NewPasswordForm):
    old = forms.CharField(
        label=_("现在的密码"),
        max_length=MAX_TYPED_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "new", "again")


@public_page
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None, initial={"login": request.GET.get("login", "")})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            person = accounts_sign_in.verify_sign_in(
                **form.cleaned_data, address=client_address(request), now=clock.now()
            )
        except Refusal as refused:
            refusal = refused
        else:
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            return redirect(_safe_next(request))
    context = {"form": form, "next": request.GET.get("next", "")}
    return _render_with_refusal(request, "accounts/sign_in.html", context, refusal)


@public_page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@role_required(*SIGN_IN_ROLES)
@never_cache
@sensitive_post_parameters("old", "new", "again")
def account(request: ActorRequest) -> HttpResponse:
    """One's own account: name and role, password, API tokens."""
    form = ChangePasswordForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        try:
            passwords.change_password(
                actor=request.actor, old=old, new=new, address=client_address(request), now=clock.now()
            )
        except Refusal as refused:
            refusal = refused
        else:
            renew_session(request)
            messages.success(request, gettext("密码已修改；您在其他设备上的登录和接口令牌都已失效"))
            return redirect("account")
    context = {
        "form": form,
        "person": selectors.get_person(request.actor.own_id),
        "tokens": selectors.list_own_tokens(request.actor, at=clock.now()),
    }
    return _render_with_refusal(request, "accounts/account.html", context, refusal)


@role_required(*SIGN_IN_ROLES)
@require_POST
def revoke_token(request: ActorRequest, token_id: int) -> HttpResponse:
    tokens.revoke_token(actor=request.actor, token_id=token_id, now=clock.now())
    messages.success(request, gettext("令牌已作废"))
    return redirect("account")


@role_required(*SIGN_IN_ROLES)
@require_POST
def revoke_tokens(request: ActorRequest) -> HttpResponse:
    tokens.revoke_tokens(actor=request.actor, now=clock.now())
    messages.success(request, gettext("全部令牌已作废"))
    return redirect("account")


@public_page
@never_cache
@sensitive_post_parameters("new", "again")
def password_link(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password by a one-time link. Opening the page does not use the link up: programs that preview links open it too."""
    now = clock.now()
    person = passwords.get_person_of_link(token, now=now)
    form = NewPasswordForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            passwords.redeem_password_link(secret=token, new=form.cleaned_data["new"], now=now)
        except Refusal as refused:
            refusal = refused
        else:
            logout(request)
            messages.success(request, gettext("新密码已设好，请登录"))
            return redirect("sign_in")
    response = _render_with_refusal(request, "accounts/password_link.html", {"form": form, "person": person}, refusal)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _render_with_refusal(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: Refusal | None
) -> HttpResponse:
    """The page; where there is a refusal, with its sentence, status and headers."""
    if refusal is None:
        return render(request, template, context)
    context["sentence"] = refusal.sentence(request.LANGUAGE_CODE)
    response = render(request, template, context, status=refusal.status)
    for name, value in refusal.headers().items():
        response[name] = value
    return response


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next") or "/"
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else "/"
