"""Everybody who signs in: the list, deactivating and reactivating, and one-time links for a new password."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.permissions import ActorRequest, role_required
from accounts.rules import SIGN_IN_ROLES, Role
from accounts.services import code_resets, passwords
from accounts.services import people as accounts_people
from accounts.services.code_resets import CodeResetView
from console.fields import ReasonField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from web.query_parameters import accepts_parameters, cursor, flag, one_of, text

OPS = (Role.OPS,)


class ReasonForm(forms.Form):
    reason = ReasonField()


@role_required(*BOTH)
@accepts_parameters(q=text(80), role=one_of(SIGN_IN_ROLES), deactivated=flag, cursor=cursor)
def people(request: ActorRequest) -> HttpResponse:
    search = request.GET.get("q", "")
    role = next((each for each in SIGN_IN_ROLES if each.value == request.GET.get("role", "")), None)
    deactivated = request.GET.get("deactivated") == "1"
    page = selectors.list_people(
        search=search, role=role, active=False if deactivated else None, cursor=cursor_of(request), limit=30
    )
    context = {"q": search, "role": role.value if role else "", "deactivated": deactivated, "roles": SIGN_IN_ROLES}
    return render_page(request, "people.html", page=page, **context)


@role_required(*BOTH)
def person(request: ActorRequest, person_id: int) -> HttpResponse:
    """One person. A new link is shown once, in the response to the form that issues it."""
    view = selectors.get_person(person_id)
    if view.is_active:
        form_actions = {
            "link": FormAction(OPS, bind(passwords.issue_password_link, person_id=person_id), _("链接已生成")),
            "deactivate": FormAction(
                OPS,
                bind(accounts_people.deactivate, person_id=person_id),
                _("账号已停用：登录和接口令牌已失效，转发和邀请码已停止"),
                ReasonForm,
            ),
        }
    else:
        form_actions = {
            "reactivate": FormAction(
                OPS,
                bind(accounts_people.reactivate, person_id=person_id),
                _("账号已恢复，可以用原密码登录"),
                ReasonForm,
            )
        }
    reset = code_resets.find_waiting_reset(person_id)
    form_actions |= _code_reset_actions(request, person_id, reset)
    tried = submit_form(request, form_actions)
    link = tried.result if isinstance(tried.result, passwords.IssuedLink) else None
    if tried.done and link is None:
        return redirect("console:person", person_id)
    address = request.build_absolute_uri(reverse("password_link", args=[link.secret])) if link else ""
    context = {
        "link": link,
        "reset": reset,
        "has_codes": code_resets.has_codes(person_id),
        "address": address,
        "audit_log": audit_log("person", person_id),
        "form_actions": tried.forms,
    }
    response = render_page(request, "person.html", person=view, **context)
    if link:
        response["Cache-Control"] = "no-store"
    return response


def _code_reset_actions(request: ActorRequest, person_id: int, reset: CodeResetView | None) -> dict[str, FormAction]:
    """Removing the one-time codes of somebody who lost her device: one person asks, another approves (ACCOUNT-12)."""
    if reset is None:
        if person_id == request.actor.own_id or not code_resets.has_codes(person_id):
            return {}
        ask = bind(code_resets.request_reset, person_id=person_id)
        return {"ask_reset": FormAction(BOTH, ask, _("已提出，等另一人批准"), ReasonForm)}
    refuse = bind(code_resets.refuse_reset, reset_id=reset.id)
    actions = {"refuse_reset": FormAction(BOTH, refuse, _("没有重置"))}
    if request.actor.own_id not in (reset.requested_by_id, person_id):
        approve = bind(code_resets.approve_reset, reset_id=reset.id)
        actions["approve_reset"] = FormAction(BOTH, approve, _("动态口令已重置，请本人重新绑定"))
    return actions
