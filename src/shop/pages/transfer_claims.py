"""Bank transfers that a reseller registers: the form with a receipt, and what became of each (TRANSFER-2)."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from bank_statements.rules import MAX_NAME
from bank_statements.selectors.claims import NoSuchClaim, list_own_claims, own_transfer_code, read_own_receipt
from bank_statements.services import claims
from bank_statements.services.claims import ClaimFields, SimilarClaim
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Refusal
from shop.pages.base_views import flash_refusal, render_page, reseller
from web.file_responses import jpeg_answer
from web.form_fields import YuanField
from web.uploads import takes_file


class TransferClaimForm(forms.Form):
    amount = YuanField(label=gettext_lazy("转账金额（元）"))
    paid_on = forms.DateField(
        label=gettext_lazy("转账日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    payer = forms.CharField(label=gettext_lazy("付款人姓名"), max_length=MAX_NAME)
    is_another = forms.BooleanField(
        label=gettext_lazy("这是另一笔转账（金额、日期、付款人与登记过的相同）"),
        required=False,
        widget=forms.HiddenInput,
    )
    last_digits = forms.CharField(
        label=gettext_lazy("付款卡号后四位"),
        max_length=8,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


@role_required(Role.RESELLER)
@takes_file
@never_cache
def transfer_claims(request: ActorRequest) -> HttpResponse:
    """Her registered transfers, and the form for another one, which keeps what was typed where it is refused."""
    me, today = reseller(request), clock.now().astimezone(SHANGHAI).date()
    form = TransferClaimForm(request.POST or None, initial={"paid_on": today, "payer": me.name})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        fields = ClaimFields(typed["amount"], typed["paid_on"], typed["payer"], typed["last_digits"])
        sent = request.FILES.get("receipt")
        try:
            claims.make_claim(
                actor=request.actor, fields=fields, receipt=sent, is_another=typed["is_another"], now=clock.now()
            )
        except SimilarClaim as refusal:
            # Asked only now, so that nobody ticks it by habit.
            form.fields["is_another"].widget = forms.CheckboxInput()
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, _("已登记，财务查到后钱包自动增加"))
            return redirect("shop:transfer_claims")
    return render_page(
        request,
        "transfer_claims.html",
        me,
        form=form,
        claims=list_own_claims(request.actor),
        code=own_transfer_code(request.actor),
        account=settings.BANK_ACCOUNT,
    )


@role_required(Role.RESELLER)
@require_POST
def cancel_transfer_claim(request: ActorRequest, transfer_claim_id: int) -> HttpResponse:
    try:
        claims.cancel_claim(actor=request.actor, claim_id=transfer_claim_id, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已撤回"))
    return redirect("shop:transfer_claims")


@role_required(Role.RESELLER)
@require_safe
def transfer_receipt(request: ActorRequest, transfer_claim_id: int) -> FileResponse:
    try:
        return jpeg_answer(read_own_receipt(request.actor, transfer_claim_id))
    except NoSuchClaim as missing:
        raise Http404 from missing
