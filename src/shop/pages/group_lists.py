"""A pasted group list 接龙 for a forward: what was understood and what was not, then the wishes of it."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from forwarding.selectors.forwards import get_forward, get_own_customer_page
from forwarding.services.group_lists import (
    GroupListView,
    create_group_wishes,
    preview_group_list,
)
from kernel import clock
from kernel.refusal import Refusal
from shop.forms import GroupListForm
from shop.pages.base_views import flash_refusal, render_page, reseller


@role_required(Role.RESELLER)
def group_list(request: ActorRequest, forward_id: int) -> HttpResponse:
    """Paste a list and see what is read of it; `create` makes wishes of what was understood, and the rest stays in the field."""
    me, now = reseller(request), clock.now()
    forward = get_forward(me.id, forward_id, at=now)
    form = GroupListForm(request.POST or None)
    found: GroupListView | None = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            if "create" in request.POST:
                made = create_group_wishes(
                    actor=request.actor,
                    forward_id=forward_id,
                    text=text,
                    version=request.POST.get("version", ""),
                    key=request.POST.get("key", ""),
                    now=now,
                )
                messages.success(request, _("已存 {count} 条心愿").format(count=len(made.wishes)))
                if not made.remaining:
                    return redirect("shop:wishes")
                form, text = GroupListForm({"text": made.remaining_text}), made.remaining_text
            found = preview_group_list(actor=request.actor, forward_id=forward_id, text=text, now=now)
        except Refusal as refusal:
            flash_refusal(request, refusal)
    shown = get_own_customer_page(me.id, forward_id, at=now).view
    return render_page(
        request,
        "group_list.html",
        me,
        forward=forward,
        form=form,
        found=found,
        styles=shown.styles,
        key=uuid.uuid4().hex,
    )
