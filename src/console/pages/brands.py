"""Brands: the list, an application, and one brand with all that ops and finance do about it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import MAX_PASSWORD, Actor, Role
from brands import services
from brands.rules import AdmissionTerms, BrandStatus, OrderMinimum, shortfalls
from brands.selectors import brands as brand_selectors
from brands.selectors.brands import BrandView
from closings.services.closing import request_closing_of_brand
from console.fields import KeyField, PercentField, ReasonField
from console.labels import ISSUERS, STATEMENT_KINDS
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, entered, render_page, submit_form
from console.pages.freight_forms import FreightForm, enter_brand_freight, freight_initial
from console.selectors import category_tree
from flashsales.selectors.freight import get_brand_freight
from flashsales.selectors.sales import list_sales
from inventory.selectors.stock import CategoryView, categories_of_brand, stock_totals
from inventory.services.stock import set_brand_categories
from invoices.rules.states import Issuer
from invoices.selectors.terms import get_issuer_terms
from invoices.services.terms import set_issuer
from kernel import clock
from settlement.rules.periods import StatementKind
from settlement.selectors.statements import list_statements
from settlement.selectors.terms import list_terms
from settlement.services.terms import enter_terms
from treasury.rules.requests import MAX_EVIDENCE
from treasury.selectors.requests import list_waiting_of
from treasury.services.adjustments import enter_deduction
from treasury.services.deposits import enter_deposit_return
from treasury.services.entering import enter_deposit
from web.closing_forms import ClosingForm
from web.form_fields import YuanField
from web.quantity_forms import OrderMinimumForm
from web.query_parameters import accepts_parameters, cursor, one_of

OPS, FINANCE = (Role.OPS,), (Role.FINANCE,)


class ApplicationForm(forms.Form):
    name = forms.CharField(label=_("品牌名称"), max_length=80)
    annual_sales_fen = YuanField(label=_("年销售额（元）"))
    offline_shops = forms.IntegerField(label=_("线下门店数"), min_value=0)
    commission_rate = PercentField(
        label=_("佣金率（%）"), most=99, help_text=_("平台在供货价中的份额，例如 15"), initial=Decimal("0.15")
    )
    contact = forms.CharField(label=_("联系人与电话"), max_length=120, required=False)


class ReasonForm(forms.Form):
    reason = ReasonField()


class DepositForm(forms.Form):
    amount_fen = YuanField(label=_("到账金额（元）"))
    reference = forms.CharField(label=_("银行流水号"), max_length=80, help_text=_("同一流水号只计一次"))


class ClerkForm(forms.Form):
    login = forms.CharField(label=_("手机号或登录名"), max_length=64)
    name = forms.CharField(label=_("姓名"), max_length=80)
    password = forms.CharField(
        label=_("初始密码"),
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class CategoriesForm(forms.Form):
    codes = forms.MultipleChoiceField(label=_("可售类目"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: object, tree: list[CategoryView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        english = get_language() == "en"
        self.fields["codes"].choices = [  # type: ignore[attr-defined]
            (each.code, ("\N{EM SPACE}" if each.parent_id else "") + (each.name_en if english else each.name_zh))
            for each in tree
            if each.admitted
        ]


class ReturnAddressForm(forms.Form):
    return_address = forms.CharField(
        label=_("收件人、电话、地址"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class DepositReturnForm(forms.Form):
    amount_fen = YuanField(label=_("退还金额（元）"))
    reason = ReasonField()
    key = KeyField()


class DeductionForm(forms.Form):
    amount_fen = YuanField(label=_("扣款金额（元）"))
    reason = ReasonField()
    evidence = forms.CharField(
        label=_("依据"), max_length=MAX_EVIDENCE, help_text=_("订单号、发货单号或售后单号；品牌看得到")
    )
    beneficiary_id = forms.IntegerField(
        label=_("赔给哪位会员（会员号）"), required=False, min_value=1, help_text=_("不填则归平台")
    )
    pays_debt = forms.BooleanField(
        label=_("用来还清结算单后的欠款"), required=False, help_text=_("金额须等于品牌现在的欠款")
    )
    key = KeyField()


class TermsForm(forms.Form):
    min_annual_sales_fen = YuanField(label=_("年销售额至少（元）"))
    min_offline_shops = forms.IntegerField(label=_("线下门店至少"), min_value=0)
    deposit_fen = YuanField(label=_("保证金（元）"))


@role_required(*BOTH)
@accepts_parameters(status=one_of(BrandStatus), cursor=cursor)
def brands(request: ActorRequest) -> HttpResponse:
    asked = request.GET.get("status", "")
    status = asked if asked in set(BrandStatus) else ""
    page = brand_selectors.list_brands(status=status, cursor=cursor_of(request), limit=30)
    return render_page(request, "brands.html", page=page, status=status, statuses=list(BrandStatus))


@role_required(*BOTH)
def terms(request: ActorRequest) -> HttpResponse:
    """What admission asks, and changing it."""
    now = clock.now()
    current = brand_selectors.get_admission_terms(now)
    initial = {
        "min_annual_sales_fen": current.min_annual_sales_fen,
        "min_offline_shops": current.min_offline_shops,
        "deposit_fen": current.deposit_fen,
    }

    def change(*, actor: object, now: object, **typed: int) -> object:
        return services.set_admission_terms(actor=actor, terms=AdmissionTerms(**typed), now=now)  # type: ignore[arg-type]

    form_actions = {"terms": FormAction(OPS, change, _("入驻条件已更新，从现在起生效"), TermsForm, initial)}
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:brand_terms")
    return render_page(request, "brand_terms.html", terms=current, form_actions=tried.forms)


@role_required(Role.OPS)
def application(request: ActorRequest) -> HttpResponse:
    """Enter an application as ops received it."""
    form_actions = {
        "apply": FormAction(OPS, bind(services.create_application), _("申请已登记，请审核"), ApplicationForm)
    }
    tried = submit_form(request, form_actions)
    if tried.done:
        assert isinstance(tried.result, BrandView)
        return redirect("console:brand", tried.result.id)
    return render_page(
        request, "brand_new.html", terms=brand_selectors.get_admission_terms(clock.now()), form_actions=tried.forms
    )


class SettlementTermsForm(forms.Form):
    kind = forms.TypedChoiceField(
        label=_("结算方式"),
        choices=[(kind, words) for kind, (words, _tone) in STATEMENT_KINDS.items()],
        coerce=StatementKind,
    )
    from_date = forms.DateField(
        label=_("从哪天起（这天及以后结束的专场）"), widget=forms.DateInput(attrs={"type": "date"})
    )


class IssuerForm(forms.Form):
    issuer = forms.TypedChoiceField(label=_("货款发票由谁开给代购"), choices=list(ISSUERS.items()), coerce=Issuer)


@role_required(*BOTH)
def brand(request: ActorRequest, brand_id: int) -> HttpResponse:
    """One brand: its figures against the terms of admission, and the form actions that its state allows."""
    now, view = clock.now(), brand_selectors.get_brand(brand_id)
    tree, offered = category_tree(), categories_of_brand(brand_id)
    tried = submit_form(request, _form_actions(view, tree, offered))
    if tried.done:
        return redirect("console:brand", brand_id)
    current = brand_selectors.get_admission_terms(now)
    return render_page(
        request,
        "brand.html",
        brand=view,
        terms=current,
        missed=shortfalls(annual_sales_fen=view.annual_sales_fen, offline_shops=view.offline_shops, terms=current),
        categories=[each for each in tree if each.code in set(offered)],
        clerks=brand_selectors.list_clerks(brand_id),
        stock=stock_totals(brand_id),
        sales=list_sales(at=now, brand_id=brand_id, limit=6),
        settlement_terms=list_terms(brand_id),
        freight=get_brand_freight(brand_id),
        statements=list_statements(brand_id=brand_id, limit=6),
        waiting_money=list_waiting_of(brand_id=brand_id),
        audit_log=audit_log("brand", brand_id),
        form_actions=tried.forms,
    )


def _set_order_minimum(brand_id: int) -> Callable[..., object]:
    def act(*, actor: Actor, now: datetime, **typed: int | None) -> object:
        return services.set_order_minimum(actor=actor, brand_id=brand_id, minimum=OrderMinimum(**typed), now=now)

    return act


def _form_actions(view: BrandView, tree: list[CategoryView], offered: list[str]) -> dict[str, FormAction]:
    form_actions = {
        "categories": FormAction(
            OPS,
            bind(set_brand_categories, brand_id=view.id),
            _("可售类目已更新"),
            CategoriesForm,
            {"codes": offered},
            {"tree": tree},
        ),
        "return_address": FormAction(
            OPS,
            bind(services.set_return_address, brand_id=view.id),
            _("退货地址已保存"),
            ReturnAddressForm,
            {"return_address": view.return_address},
        ),
        "settlement_terms": FormAction(
            BOTH, bind(enter_terms, brand_id=view.id), _("结算方式已保存"), SettlementTermsForm
        ),
        "issuer": FormAction(
            BOTH,
            bind(set_issuer, brand_id=view.id),
            _("开票方已保存，从下一个申请起按此办"),
            IssuerForm,
            {"issuer": get_issuer_terms(view.id).issuer.value},
        ),
        "order_minimum": FormAction(
            OPS,
            _set_order_minimum(view.id),
            _("起订额已保存"),
            OrderMinimumForm,
            {"min_fen": view.min_order_fen, "min_units": view.min_order_units},
        ),
        "freight": FormAction(
            OPS,
            enter_brand_freight(view.id),
            _("运费已保存，以后发布的专场照此"),
            FreightForm,
            freight_initial(get_brand_freight(view.id)),
        ),
        "clerk": FormAction(OPS, bind(services.add_clerk, brand_id=view.id), _("账号已开通"), ClerkForm),
        "deposit": FormAction(
            FINANCE,
            bind(enter_deposit, brand_id=view.id),
            entered(_("保证金已录入，等另一人复核后入账")),
            DepositForm,
            {"amount_fen": max(view.deposit_required_fen - view.deposit_fen, 0) or None},
        ),
        "deduction": FormAction(
            FINANCE,
            bind(enter_deduction, brand_id=view.id),
            _("扣款已录入，等另一人复核"),
            DeductionForm,
        ),
        "deposit_return": FormAction(
            FINANCE,
            bind(enter_deposit_return, brand_id=view.id),
            _("退保证金已录入，等另一人复核后进付款批次"),
            DepositReturnForm,
            {"amount_fen": max(view.deposit_fen - view.deposit_required_fen, 0) or None},
        ),
    }
    if view.status not in (BrandStatus.ADMITTED, BrandStatus.CLOSED):
        form_actions["close_account"] = FormAction(
            FINANCE,
            bind(request_closing_of_brand, brand_id=view.id),
            _("关闭账户已提出，见「关闭账户」"),
            ClosingForm,
        )
        form_actions["admit"] = FormAction(
            OPS, bind(services.admit_brand, brand_id=view.id), _("已同意入驻，保证金到账后即可开专场")
        )
    if view.status is BrandStatus.APPLIED:
        form_actions["refuse"] = FormAction(OPS, bind(services.refuse_brand, brand_id=view.id), _("已拒绝"), ReasonForm)
    if view.status is BrandStatus.ADMITTED:
        form_actions["suspend"] = FormAction(
            OPS, bind(services.suspend_brand, brand_id=view.id), _("已暂停合作"), ReasonForm
        )
    return form_actions
