"""The rules behind prices: price controls with label cutting, the platform's terms, commissions, and drafts of all three."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import get_brand
from console.fields import DayField, InstantField, PercentField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, render_page, submit_form
from console.pages.sale_forms import ENDINGS, on_the_hour, six_rates
from console.selectors import all_brands, category_tree, open_drafts
from inventory.selectors.styles import styles_of_brand
from kernel import clock
from kernel.period import SHANGHAI
from kernel.refusal import Missing
from membership.rules.tiers import Tier
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import Action, ControlFields, Scope
from pricing.rules.terms import Ending, ListTerms
from pricing.selectors import price_rules
from pricing.selectors.price_rules import ControlView, DraftView
from pricing.services import drafts as draft_services
from pricing.services import effects
from pricing.services import price_rules as rule_services
from web.form_fields import YuanField
from web.query_parameters import InvalidParameter, accepts_parameters, cursor, number, parse_number

OPS = (Role.OPS,)
ACTIONS = [
    (Action.CUT.value, _("剪标：剪掉吊牌后照价销售")),
    (Action.RAISE.value, _("提价：提到控价，保留吊牌")),
    (Action.EXCLUDE.value, _("排除：不参加专场")),
]
SCOPES = [
    (Scope.BRAND.value, _("全品牌")),
    (Scope.CATEGORY.value, _("一个类目")),
    (Scope.SEASON.value, _("一个季节")),
    (Scope.STYLE.value, _("一个款")),
]


class NoSuchStyle(Missing):
    code = "console.no_such_style"
    zh = "该品牌没有款号 {style_no}"
    en = "The brand has no style {style_no}"
    style_no: str


class ControlForm(forms.Form):
    brand_id = forms.TypedChoiceField(label=_("品牌"), coerce=int)
    scope = forms.TypedChoiceField(label=_("范围"), coerce=int, choices=SCOPES, help_text=_("范围越具体越优先"))
    category_id = forms.TypedChoiceField(label=_("类目"), coerce=int, required=False, empty_value=None)
    season = forms.CharField(
        label=_("季节"), max_length=20, required=False, help_text=_("与库存文件中写法一致，例如 秋冬")
    )
    year = forms.IntegerField(label=_("年份"), required=False, min_value=2000, max_value=2100)
    style_no = forms.CharField(label=_("款号"), max_length=64, required=False)
    floor_rate = PercentField(label=_("控价：吊牌价的百分比"), required=False, help_text=_("例如 50；与金额二选一"))
    floor_fen = YuanField(label=_("控价：金额（元）"), required=False)
    action = forms.TypedChoiceField(label=_("低于控价时"), coerce=lambda text: Action(int(text)), choices=ACTIONS)
    cut_rate = PercentField(label=_("剪标商品再降（%）"), required=False, most=99)
    starts_on = DayField(label=_("从哪天起"))
    ends_on = DayField(label=_("到哪天止"), required=False, help_text=_("含当天；不填则一直有效"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["brand_id"], [(brand.id, brand.name) for brand in all_brands()])
        _offer(self.fields["category_id"], [("", "—"), *_category_choices()])


class TermsForm(forms.Form):
    discounts = forms.CharField(
        label=_("等级优惠（%）"),
        max_length=200,
        help_text=_("体验、VIP1 至 VIP5 六个数，用空格隔开；等级越高优惠不能越小"),
    )
    margin_rate = PercentField(label=_("平台最低毛利（占供货价 %）"), most=99)
    ending = forms.ChoiceField(label=_("价格尾数"), choices=ENDINGS)
    from_at = InstantField(label=_("从何时起"), required=False, help_text=_("上海时间；不填则从现在起"))

    def clean_discounts(self) -> tuple[Decimal, ...]:
        return six_rates(self.cleaned_data["discounts"])

    def clean_ending(self) -> Ending:
        return Ending(self.cleaned_data["ending"])


class CommissionForm(forms.Form):
    brand_id = forms.TypedChoiceField(label=_("品牌"), coerce=int, required=False, empty_value=None)
    category_id = forms.TypedChoiceField(label=_("类目"), coerce=int, required=False, empty_value=None)
    rate = PercentField(label=_("佣金率（%）"), most=99)
    from_at = InstantField(label=_("从何时起"), required=False, help_text=_("上海时间；不填则从现在起"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["brand_id"], [("", _("全部品牌")), *((brand.id, brand.name) for brand in all_brands())])
        _offer(self.fields["category_id"], [("", _("全部类目")), *_category_choices()])


class DraftForm(forms.Form):
    name = forms.CharField(label=_("草稿名称"), max_length=80)


class EndForm(forms.Form):
    ends_on = DayField(label=_("最后一天"))


@role_required(*BOTH)
@accepts_parameters(brand=number, draft=number, cursor=cursor)
def controls(request: ActorRequest) -> HttpResponse:
    """Price controls and label rules; `?brand=` of one brand, `?draft=` of a draft."""
    draft, brand_id = _draft_of(request), _brand_of(request)
    page = price_rules.list_controls(
        brand_id=brand_id, draft_id=draft.id if draft else None, cursor=cursor_of(request), limit=30
    )
    today = clock.now().astimezone(SHANGHAI).date()
    rows = [(control, control_state(control, today)) for control in page.items]
    return render_page(
        request, "rules.html", tab="controls", page=page, rows=rows, draft=draft, brand_id=brand_id, brands=all_brands()
    )


@role_required(Role.OPS)
@accepts_parameters(brand=number, draft=number)
def new_control(request: ActorRequest) -> HttpResponse:
    draft = _draft_of(request)
    initial = {"brand_id": parse_number(request.GET.get("brand")), "starts_on": clock.now().astimezone(SHANGHAI).date()}
    preview = None if draft else _with_control(effects.effect_of_control)
    create = _with_control(bind(rule_services.create_control, draft_id=draft.id if draft else None))
    form_actions = {"control": FormAction(OPS, create, _("控价已录入"), ControlForm, initial, preview=preview)}
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect(_with_draft("console:rules", draft))
    return render_page(
        request,
        "rule_new.html",
        tab="controls",
        draft=draft,
        form=tried.forms["control"],
        preview=tried.forms.previews.get("control"),
        refusal=tried.refusal,
    )


@role_required(*BOTH)
def control(request: ActorRequest, control_id: int) -> HttpResponse:
    """One price control: what it says, ending or withdrawing it, its trail."""
    view, today = price_rules.get_control(control_id), clock.now().astimezone(SHANGHAI).date()
    fixed = {"control_id": control_id}
    form_actions = {}
    if view.withdrawn_at is None:
        form_actions = {
            "end": FormAction(
                OPS, bind(rule_services.end_control, **fixed), _("结束日已设定"), EndForm, {"ends_on": today}
            ),
            "withdraw": FormAction(
                OPS, bind(rule_services.withdraw_control, **fixed), _("控价已撤回，已发布的价格不变")
            ),
        }
        if view.draft_id is None:
            form_actions = {
                "end": replace(form_actions["end"], preview=bind(effects.effect_of_end, **fixed)),
                "withdraw": replace(form_actions["withdraw"], preview=bind(effects.effect_of_withdrawal, **fixed)),
            }
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:control", control_id)
    return render_page(
        request,
        "rule.html",
        control=view,
        state=control_state(view, today),
        audit_log=audit_log("price_control", control_id),
        form_actions=tried.forms,
    )


@role_required(*BOTH)
@accepts_parameters(draft=number, cursor=cursor)
def terms(request: ActorRequest) -> HttpResponse:
    """The platform's terms: tier discounts, least margin, price ending; what holds, what is to come, entering new ones."""
    draft, now = _draft_of(request), clock.now()
    current = price_rules.terms_at(now, draft_id=draft.id if draft else None)
    initial = {
        "discounts": " ".join(f"{rate * 100:.2f}".rstrip("0").rstrip(".") for rate in current.discounts),
        "margin_rate": current.margin_rate,
        "ending": current.ending.value,
        "from_at": _next_hour(now),
    }
    create = _with_terms(bind(rule_services.create_platform_terms, draft_id=draft.id if draft else None))
    preview = None if draft else _with_terms(effects.effect_of_platform_terms)
    tried = submit_form(
        request, {"terms": FormAction(OPS, create, _("条款已录入"), TermsForm, initial, preview=preview)}
    )
    if tried.done:
        return redirect(_with_draft("console:terms", draft))
    return render_page(
        request,
        "terms.html",
        tab="terms",
        draft=draft,
        current=current,
        labels=[tier.short_zh for tier in Tier],
        now=now,
        page=price_rules.list_terms(draft_id=draft.id if draft else None, cursor=cursor_of(request), limit=20),
        refusal=tried.refusal,
        form_actions=tried.forms,
    )


@role_required(*BOTH)
@accepts_parameters(draft=number, cursor=cursor)
def commissions(request: ActorRequest) -> HttpResponse:
    draft, now = _draft_of(request), clock.now()
    create = _with_commission(bind(rule_services.create_commission, draft_id=draft.id if draft else None))
    initial = {"from_at": _next_hour(now)}
    preview = None if draft else _with_commission(effects.effect_of_commission)
    form_actions = {"commission": FormAction(OPS, create, _("佣金已录入"), CommissionForm, initial, preview=preview)}
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect(_with_draft("console:commissions", draft))
    brand_names = {brand.id: brand.name for brand in all_brands()}
    categories = {category.id: category for category in category_tree()}
    page = price_rules.list_commissions(draft_id=draft.id if draft else None, cursor=cursor_of(request), limit=30)
    rows = [
        (row, brand_names.get(row.brand_id or 0), categories.get(row.category_id or 0), row.from_at <= now)
        for row in page.items
    ]
    return render_page(
        request,
        "commissions.html",
        tab="commissions",
        draft=draft,
        page=page,
        rows=rows,
        refusal=tried.refusal,
        form_actions=tried.forms,
    )


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def drafts(request: ActorRequest) -> HttpResponse:
    """Drafts of rules: start one, then enter rules into it, try it in the simulator, adopt or discard it."""

    def draft_id_of(action: Any) -> Any:
        return lambda *, actor, now, draft_id: action(actor=actor, draft_id=draft_id, now=now)

    form_actions = {
        "start": FormAction(OPS, bind(draft_services.start_draft), _("草稿已建好，请录入规则"), DraftForm),
        "adopt": FormAction(
            OPS,
            draft_id_of(draft_services.adopt_draft),
            _("草稿已启用"),
            DraftIdForm,
            preview=draft_id_of(effects.effect_of_adoption),
        ),
        "discard": FormAction(OPS, draft_id_of(draft_services.discard_draft), _("草稿已作废"), DraftIdForm),
    }
    tried = submit_form(request, form_actions)
    if tried.done:
        if isinstance(tried.result, DraftView) and request.POST["form_action"] == "start":
            return redirect(_with_draft("console:rules", tried.result))
        return redirect("console:drafts")
    refused = [error for form in tried.forms.values() for error in form.non_field_errors()] if tried.refusal else []
    return render_page(
        request,
        "drafts.html",
        tab="drafts",
        draft=None,
        page=price_rules.list_drafts(cursor=cursor_of(request), limit=20),
        refused=refused,
        refusal=tried.refusal,
        form_actions=tried.forms,
    )


class DraftIdForm(forms.Form):
    draft_id = forms.IntegerField(widget=forms.HiddenInput)


def control_state(view: ControlView, today: date) -> tuple[str, str]:
    """In a word: does it hold today?"""
    if view.withdrawn_at is not None:
        return str(_("已撤回")), "plain"
    if view.ends_on is not None and view.ends_on < today:
        return str(_("已结束")), "plain"
    return (str(_("待生效")), "busy") if view.starts_on > today else (str(_("有效")), "good")


def _with_control(service: Callable[..., object]) -> Callable[..., object]:
    """A service about a control, called with what the form holds."""
    return lambda *, actor, now, **typed: service(actor=actor, now=now, control=_control_fields(**typed))


def _control_fields(
    *,
    scope: int,
    category_id: int | None,
    season: str,
    year: int | None,
    style_no: str,
    cut_rate: Decimal | None,
    **shared: Any,
) -> ControlFields:
    """The control that was typed, with only what belongs to the chosen scope."""
    control = ControlFields(cut_rate=cut_rate or Decimal(0), **shared)
    if scope == Scope.CATEGORY:
        return replace(control, category_id=category_id)
    if scope == Scope.SEASON:
        return replace(control, season=season.strip(), year=year)
    if scope == Scope.STYLE:
        return replace(control, style_id=_style_id(control.brand_id, style_no.strip()))
    return control


def _with_terms(service: Callable[..., object]) -> Callable[..., object]:
    """A service about terms, called with what the form holds; without an instant they begin now."""
    return lambda *, actor, now, from_at, **typed: service(
        actor=actor, now=now, from_at=from_at or now, terms=ListTerms(**typed)
    )


def _with_commission(service: Callable[..., object]) -> Callable[..., object]:
    """A service about a commission, called with what the form holds; without an instant it begins now."""
    return lambda *, actor, now, from_at, **typed: service(
        actor=actor, now=now, commission=CommissionFields(from_at=from_at or now, **typed)
    )


def _style_id(brand_id: int, style_no: str) -> int:
    styles = [
        style for style in styles_of_brand(brand_id, search=style_no, limit=50).items if style.style_no == style_no
    ]
    if not style_no or not styles:
        raise NoSuchStyle(style_no=style_no or "—")
    return styles[0].id


def _brand_of(request: ActorRequest) -> int | None:
    """The brand that the address names; one that is not there is refused by its name."""
    brand_id = parse_number(request.GET.get("brand"))
    return None if brand_id is None else get_brand(brand_id).id


def _draft_of(request: ActorRequest) -> DraftView | None:
    """The open draft that the address names."""
    draft_id = parse_number(request.GET.get("draft"))
    if draft_id is None:
        return None
    named = next((draft for draft in open_drafts() if draft.id == draft_id), None)
    if named is None:
        raise InvalidParameter(
            "draft", str(draft_id), "没有这个还在编辑的草稿", "there is no such draft that is still open"
        )
    return named


def _with_draft(page: str, draft: DraftView | None) -> str:
    return reverse(page) + (f"?draft={draft.id}" if draft else "")


def _offer(field: forms.Field, choices: list[Any]) -> None:
    if not isinstance(field, forms.ChoiceField):
        raise TypeError("only a field with choices can offer some")
    field.choices = choices


def _category_choices() -> list[tuple[int, str]]:
    english = get_language() == "en"
    return [
        (each.id, ("\N{EM SPACE}" if each.parent_id else "") + (each.name_en if english else each.name_zh))
        for each in category_tree()
        if each.admitted
    ]


def _next_hour(now: datetime) -> datetime:
    return on_the_hour(now + timedelta(hours=1))
