"""Signing in and out, one's own account, and a new password by a one-time link."""

import io
from typing import Any

import segno
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
from accounts.rules import MAX_PASSWORD, MAX_TYPED_CODE, SIGN_IN_ROLES, Role
from accounts.services import one_time_codes, passwords, tokens
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
    has_codes = request.actor.role in (Role.OPS, Role.FINANCE)
    context = {
        "form": form,
        "person": selectors.get_person(request.actor.own_id),
        "codes": one_time_codes.get_code_status(request.actor, at=clock.now()) if has_codes else None,
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


@role_required(Role.OPS, Role.FINANCE)
@never_cache
@sensitive_post_parameters("password", "code")
def one_time_code(request: ActorRequest) -> HttpResponse:
    """Setting up, confirming and replacing the device of one-time codes. Recovery codes are shown once, in the answer to the form."""
    action = request.POST.get("action", "")
    refusal: Refusal | None = None
    recovery_codes: list[str] = []
    if request.method == "POST":
        try:
            recovery_codes = _do_code_action(request, action)
        except Refusal as refused:
            refusal = refused
        else:
            if not recovery_codes:
                return redirect("one_time_code")
    now = clock.now()
    status = one_time_codes.get_code_status(request.actor, at=now)
    setup = one_time_codes.get_setup(request.actor, at=now) if status.is_being_set_up else None
    context = {"status": status, "setup": setup, "recovery_codes": recovery_codes, "action": action}
    return _render_with_refusal(request, "accounts/one_time_code.html", context, refusal)


def _do_code_action(request: ActorRequest, action: str) -> list[str]:
    """What a form of the page asks for; new recovery codes where there are some."""
    now, code = clock.now(), request.POST.get("code", "")[:MAX_TYPED_CODE]
    if action == "begin":
        one_time_codes.begin_setup(
            actor=request.actor,
            password=request.POST.get("password", "")[:MAX_TYPED_PASSWORD],
            address=client_address(request),
            now=now,
        )
    elif action == "replace":
        one_time_codes.begin_replacement(actor=request.actor, code=code, now=now)
    elif action == "confirm":
        return one_time_codes.confirm_setup(actor=request.actor, code=code, now=now)
    elif action == "renew":
        return one_time_codes.renew_recovery_codes(actor=request.actor, code=code, now=now)
    return []


@role_required(Role.OPS, Role.FINANCE)
@never_cache
def setup_qr(request: ActorRequest) -> HttpResponse:
    """The QR code of the device that is being set up."""
    setup = one_time_codes.get_setup(request.actor, at=clock.now())
    if setup is None:
        raise one_time_codes.SetupExpired
    picture = io.BytesIO()
    segno.make(setup.uri, error="m").save(picture, kind="png", scale=6, border=3)
    return HttpResponse(picture.getvalue(), content_type="image/png")


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
