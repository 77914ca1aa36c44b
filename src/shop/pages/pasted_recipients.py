"""Many recipients from one pasted text: read into a list, corrected in place, saved with one tap; nothing is saved before (ORDER-5)."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from orders.services.recipient_lists import MAX_PASTED_RECIPIENTS, propose_recipients
from orders.services.recipients import (
    RecipientFields,
    RecipientProposal,
    find_or_add_recipients,
    propose_recipient,
    unsure_fields,
    valid_recipient,
)
from shop.forms import PasteListForm, RecipientForm
from shop.pages.base_views import flash_refusal, render_page, reseller
from shop.pages.order_for_many import address_for_many
from web.form_errors import collected
from web.query_parameters import accepts_parameters, number

FIELDS = ("name", "phone", "address")


@dataclass(slots=True)
class PastedRow:
    """A recipient of the list: what was read of the pasted text, the form with the fields, and what is to be done with it."""

    number: int
    read: RecipientProposal
    form: RecipientForm
    is_unsure: bool
    is_known: bool = False
    is_confirmed: bool = False
    is_left_out: bool = False


@role_required(Role.RESELLER)
@require_http_methods(["GET", "POST"])
@accepts_parameters(sale=number, style=number)
def paste(request: ActorRequest) -> HttpResponse:
    """`?sale=&style=` are the goods that she came from: they are the first to choose from on the page that follows."""
    me = reseller(request)
    form, rows, goods_address = PasteListForm(), list[PastedRow](), ""
    if "rows" in request.POST:
        rows = _sent_rows(request)
        if saved := _save(request, [row for row in rows if not row.is_unsure and not row.is_left_out]):
            rows, goods_address = (
                [row for row in rows if row.is_unsure and not row.is_left_out],
                address_for_many(request, saved),
            )
            if not rows:
                return redirect(goods_address)
    elif request.method == "POST":
        form = PasteListForm(request.POST)
        if form.is_valid():
            try:
                found = propose_recipients(actor=request.actor, pasted=form.cleaned_data["pasted"])
            except Refusal as refusal:
                form.add_error("pasted", refusal.sentence(request.LANGUAGE_CODE))
            else:
                rows = [
                    _read_row(place, each.recipient, each.unsure, is_known=each.is_known)
                    for place, each in enumerate(found)
                ]
    faults = collected([row.form for row in rows if row.is_unsure]) if "rows" in request.POST else []
    unsure_count = sum(row.is_unsure and not row.is_left_out for row in rows)
    context = {
        "form": form,
        "rows": rows,
        "unsure_count": unsure_count,
        "goods_address": goods_address,
        "faults": faults,
    }
    return render_page(request, "paste_recipients.html", me, **context)


def _read_row(place: int, read: RecipientProposal, unsure: list[str], *, is_known: bool = False) -> PastedRow:
    """A row as it was read: unsure fields are marked as faults, and what holds neither number nor address is left out."""
    form = RecipientForm({f"{place}-{field}": getattr(read, field) for field in FIELDS}, prefix=str(place))
    for field in unsure:
        if not form.has_error(field):
            form.add_error(field, _("请核对"))
    is_nobody = not read.phone and not read.address
    return PastedRow(place, read, form, bool(unsure), is_known, is_left_out=is_nobody)


def _sent_rows(request: ActorRequest) -> list[PastedRow]:
    places = [place for place in range(MAX_PASTED_RECIPIENTS) if f"pasted-{place}" in request.POST]
    return [_sent_row(request, place) for place in places]


def _sent_row(request: ActorRequest, place: int) -> PastedRow:
    """A row of the form. One that was read unsure counts once she changed a field of it or ticked that it is right."""
    sent = request.POST
    read = propose_recipient(sent[f"pasted-{place}"])
    unsure = unsure_fields(read)
    form = RecipientForm(sent, prefix=str(place))
    row = PastedRow(place, read, form, is_unsure=not form.is_valid())
    row.is_confirmed, row.is_left_out = f"sure-{place}" in sent, f"leave_out-{place}" in sent
    if row.is_unsure or row.is_left_out:
        return row
    try:
        valid_recipient(RecipientFields(**form.cleaned_data))
    except Refusal as refusal:
        form.add_error("address", refusal.sentence(request.LANGUAGE_CODE))
        row.is_unsure = True
        return row
    is_changed = any(sent.get(f"{place}-{field}", "").strip() != getattr(read, field) for field in FIELDS)
    return row if row.is_confirmed or is_changed or not unsure else _read_row(place, read, unsure)


def _save(request: ActorRequest, rows: list[PastedRow]) -> list[int]:
    """Save these rows and say so; the ids of their recipients. None is saved where the book refuses one."""
    fields = [RecipientFields(**row.form.cleaned_data) for row in rows]
    try:
        saved = find_or_add_recipients(actor=request.actor, recipients=fields, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        return []
    if saved:
        messages.success(request, _("已保存 {count} 位收货人").format(count=len(saved)))
    else:
        messages.error(request, _("还没有保存：请先改好红字，或勾「核对过，没错」"))
    return [each.id for each in saved]
