"""What a brand that issues does on the page of a request: issue, refuse, attach the file, enter a red letter, correct (INVOICE-6 to 9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import ActorRequest
from invoices.rules.states import InvoiceState
from invoices.selectors.invoices import InvoiceView
from invoices.services import corrections, issuing, red_letters
from invoices.services.steps import NotPossibleNow
from kernel import clock
from kernel.refusal import Refusal
from web.invoice_forms import IssuedForm, RedLetterForm, RefuseForm, ReverseForm


@dataclass(frozen=True, slots=True)
class DeskForm:
    """A form of the page, what it is called, what its button says, and what is said once it is done."""

    form: forms.Form
    label: str | Promise
    button: str | Promise
    done: str | Promise
    service: Callable[..., object]
    is_quiet: bool = False


def forms_of(request: ActorRequest, view: InvoiceView) -> dict[str, DeskForm]:
    """The forms that the state of the request allows, by the name of what they do. One that was sent keeps what was typed."""
    found: dict[str, DeskForm] = {}
    if view.state is InvoiceState.EXPORTED:
        found["issue"] = DeskForm(
            _form(request, "issue", IssuedForm),
            gettext_lazy("已开好"),
            gettext_lazy("登记发票"),
            gettext_lazy("发票已登记"),
            issuing.issue_invoice,
        )
        found["refuse"] = DeskForm(
            _form(request, "refuse", RefuseForm),
            gettext_lazy("开不了"),
            gettext_lazy("退回申请"),
            gettext_lazy("已退回，申请的人看得到原因"),
            issuing.refuse_request,
            is_quiet=True,
        )
    if view.state is InvoiceState.ISSUED and view.red_letter_fen:
        found["red_letter"] = DeskForm(
            _form(request, "red_letter", RedLetterForm, {"amount_fen": view.red_letter_fen}),
            gettext_lazy("已开红字发票"),
            gettext_lazy("登记红字发票"),
            gettext_lazy("红字发票已登记"),
            red_letters.record_red_letter,
        )
    if view.state is InvoiceState.ISSUED:
        found["reverse"] = DeskForm(
            _form(request, "reverse", ReverseForm, {"amount_fen": view.rest_fen}),
            gettext_lazy("抬头或内容开错了：已整张红冲"),
            gettext_lazy("整张红冲并重开"),
            gettext_lazy("已红冲；重开的申请等下一份开票清单"),
            corrections.reverse_invoice,
            is_quiet=not view.is_correction_asked,
        )
    if view.is_correction_asked:
        found["refuse_correction"] = DeskForm(
            _form(request, "refuse_correction", RefuseForm),
            gettext_lazy("抬头没有开错"),
            gettext_lazy("不更正"),
            gettext_lazy("已答复，申请的人看得到原因"),
            corrections.refuse_correction,
            is_quiet=True,
        )
    return found


def act(request: ActorRequest, view: InvoiceView, found: Mapping[str, DeskForm]) -> str:
    """Do what was sent; returns what to say, "" where the form says what is wrong. Refuses a file that is no invoice."""
    sent = request.FILES.get("file")
    if sent is not None:
        issuing.attach_file(actor=request.actor, request_id=view.id, content=sent, now=clock.now())
        return _("发票文件已上传")
    chosen = found.get(request.POST.get("action", ""))
    if chosen is None:
        raise NotPossibleNow(request_id=view.id, state=view.state.value, act=request.POST.get("action", ""))
    if not chosen.form.is_valid():
        return ""
    try:
        chosen.service(actor=request.actor, request_id=view.id, now=clock.now(), **chosen.form.cleaned_data)
    except Refusal as refusal:
        chosen.form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        return ""
    return str(chosen.done)


def _form(
    request: ActorRequest, name: str, form: type[forms.Form], initial: Mapping[str, Any] | None = None
) -> forms.Form:
    typed = request.POST if request.method == "POST" and request.POST.get("action") == name else None
    return form(typed, initial=dict(initial or {}), prefix=name)
