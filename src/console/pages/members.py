"""Resellers: the list, one of them, codes, the tier table, and the preview of the monthly roll-over."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Actor, Role
from closings.services.closing import request_closing_of_reseller
from console.fields import InstantField, KeyField, ReasonField
from console.pages.base_views import BOTH, FormAction, audit_log, bind, cursor_of, entered, render_page, submit_form
from kernel import clock
from kernel.money import format_yuan, typed_yuan
from kernel.period import month_of, next_month
from membership.rules.tiers import MILLI, Tier, TierTable, table_in_force
from membership.selectors import histories, people, rollover, tier_status
from membership.services import adjustments, invitations, tier_tables
from membership.services.rollover import preview_rollover
from orders.selectors.orders import get_wallet_balance_fen, list_own_orders, list_wallet_entries
from treasury.selectors.requests import list_waiting_of
from treasury.services.adjustments import enter_adjustment
from treasury.services.entering import enter_top_up
from web.closing_forms import ClosingForm
from web.form_fields import YuanField
from web.query_parameters import accepts_parameters, cursor, one_of, parse_number, text

OPS, FINANCE = (Role.OPS,), (Role.FINANCE,)
MAX_PREVIEWED = 500


class TopUpForm(forms.Form):
    amount_fen = YuanField(label=_("到账金额（元）"))
    reference = forms.CharField(label=_("银行流水号"), max_length=80, help_text=_("同一流水号只计一次"))
    order_id = forms.IntegerField(
        label=_("订单号"),
        required=False,
        min_value=1,
        help_text=_("汇款写明订单号时填，款到就付这一单；付不了的留在钱包"),
    )


class WalletAdjustmentForm(forms.Form):
    direction = forms.ChoiceField(
        label=_("加款还是扣款"),
        choices=[("", _("请选择")), ("credit", _("加到钱包")), ("debit", _("从钱包扣"))],
    )
    amount_fen = YuanField(label=_("金额（元）"))
    reason = ReasonField()
    key = KeyField()


class AdjustForm(forms.Form):
    growth = forms.DecimalField(
        label=_("成长值增减"), decimal_places=3, max_digits=9, help_text=_("扣减请填负数，例如 -20")
    )
    reason = ReasonField()
    key = KeyField()


class TierMatchForm(forms.Form):
    tier = forms.TypedChoiceField(
        label=_("试用等级"), coerce=int, choices=[(tier.value, tier.zh) for tier in Tier if tier is not Tier.TRIAL]
    )
    months = forms.IntegerField(label=_("月数（含本月）"), min_value=1, max_value=6, initial=1)
    reason = ReasonField()


class CodeForm(forms.Form):
    uses = forms.IntegerField(label=_("可用次数"), min_value=1, initial=1)
    expires_at = InstantField(label=_("有效期至"), required=False, help_text=_("不填则按默认期限"))


class RevokeForm(forms.Form):
    code_id = forms.IntegerField(widget=forms.HiddenInput)


class TableForm(forms.Form):
    """The tier table as one types it: five figures a row, in whole growth."""

    from_month = forms.CharField(
        label=_("生效月份"),
        max_length=20,
        widget=forms.DateInput(attrs={"type": "month"}),
        help_text=_("只能从以后的月份起生效"),
    )
    thresholds = forms.CharField(label=_("升级门槛（VIP1 至 VIP5，成长值）"), max_length=200)
    keep_amounts = forms.CharField(label=_("每月保级要求（VIP1 至 VIP5）"), max_length=200)
    keep_bonuses = forms.CharField(label=_("保级奖励（VIP1 至 VIP5）"), max_length=200)
    window_months = forms.IntegerField(label=_("VIP2 以上计算最近几个月"), min_value=1, max_value=24)
    fen_per_growth = YuanField(label=_("多少元计 1 成长值"))
    unpaid_limits_fen = forms.CharField(
        label=_("未付款上限（体验会员、VIP1 至 VIP5，元）"),
        max_length=200,
        help_text=_("一个会员待付款订单的合计上限；钱包余额更多时以余额为准"),
    )

    def clean_from_month(self) -> date:
        try:
            return datetime.strptime(self.cleaned_data["from_month"][:7], "%Y-%m").date()  # noqa: DTZ007 - a month, no instant
        except ValueError as cause:
            raise forms.ValidationError(_("请填写年月，例如 2027-01")) from cause

    def clean_thresholds(self) -> tuple[int, ...]:
        return _five(self.cleaned_data["thresholds"])

    def clean_keep_amounts(self) -> tuple[int, ...]:
        return _five(self.cleaned_data["keep_amounts"])

    def clean_keep_bonuses(self) -> tuple[int, ...]:
        return _five(self.cleaned_data["keep_bonuses"])

    def clean_unpaid_limits_fen(self) -> tuple[int, ...]:
        try:
            amounts = tuple(typed_yuan(part) for part in _parts(self.cleaned_data["unpaid_limits_fen"]))
        except ValueError as cause:
            raise forms.ValidationError(_("请填写六个金额，用空格隔开")) from cause
        if len(amounts) != len(Tier):
            raise forms.ValidationError(_("请填写六个金额，用空格隔开"))
        return amounts


@role_required(*BOTH)
@accepts_parameters(q=text(80), tier=one_of(Tier), cursor=cursor)
def members(request: ActorRequest) -> HttpResponse:
    """All resellers. A search for the number of one that finds nobody else redirects to her page."""
    search, tier = request.GET.get("q", "").strip(), parse_number(request.GET.get("tier"))
    page = people.list_members(at=clock.now(), tier=tier, search=search, cursor=cursor_of(request), limit=30)
    if len(page.items) == 1 and page.items[0].id == parse_number(search):
        return redirect("console:member", page.items[0].id)
    return render_page(request, "members.html", page=page, q=search, tier=tier, tiers=list(Tier))


def _adjust_wallet(reseller_id: int) -> Callable[..., object]:
    def act(*, actor: Actor, direction: str, amount_fen: int, reason: str, key: str, now: datetime) -> object:
        return enter_adjustment(
            actor=actor,
            reseller_id=reseller_id,
            amount_fen=amount_fen,
            is_credit=direction == "credit",
            reason=reason,
            key=key,
            now=now,
        )

    return act


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def member(request: ActorRequest, reseller_id: int) -> HttpResponse:
    """One reseller: her tier, growth ledger, wallet and orders."""
    now = clock.now()
    view = people.get_member(reseller_id, now)

    def adjust(*, actor: Actor, now: datetime, growth: Decimal, reason: str, key: str) -> object:
        milli = int(growth * MILLI)
        return adjustments.adjust_growth(
            actor=actor, reseller_id=reseller_id, milli=milli, reason=reason, key=key, now=now
        )

    def match_tier(*, actor: Actor, now: datetime, tier: int, months: int, reason: str) -> object:
        return adjustments.match_tier(
            actor=actor, reseller_id=reseller_id, tier=Tier(tier), months=months, reason=reason, now=now
        )

    form_actions = {
        "top_up": FormAction(
            FINANCE,
            bind(enter_top_up, reseller_id=reseller_id),
            entered(_("充值已录入，等另一人复核后入账")),
            TopUpForm,
        ),
        "adjust_wallet": FormAction(
            FINANCE, _adjust_wallet(reseller_id), _("钱包调整已录入，见「资金复核」"), WalletAdjustmentForm
        ),
        "close_account": FormAction(
            FINANCE,
            bind(request_closing_of_reseller, reseller_id=reseller_id),
            _("关闭账户已提出，见「关闭账户」"),
            ClosingForm,
        ),
        "adjust": FormAction(OPS, adjust, _("成长值已调整"), AdjustForm),
        "match_tier": FormAction(OPS, match_tier, _("试用等级已生效"), TierMatchForm),
    }
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:member", reseller_id)
    membership = tier_status.get_membership(reseller_id, now)
    invited_by = people.get_reseller(view.invited_by_id) if view.invited_by_id else None
    return render_page(
        request,
        "member.html",
        member=view,
        invited_by=invited_by,
        membership=membership,
        next_goal=membership.window_growth + (membership.growth_to_next_tier or 0),
        keep_goal=membership.month_growth + membership.growth_to_keep_tier,
        entries=tier_status.list_growth_entries(reseller_id, cursor=cursor_of(request), limit=15),
        balance_fen=get_wallet_balance_fen(reseller_id),
        waiting_money=list_waiting_of(reseller_id=reseller_id),
        wallet=list_wallet_entries(reseller_id, limit=8),
        orders=list_own_orders(reseller_id, at=clock.now(), limit=8),
        invitees=people.list_invitees(reseller_id, limit=8),
        audit_log=audit_log("reseller", reseller_id),
        form_actions=tried.forms,
    )


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def codes(request: ActorRequest) -> HttpResponse:
    now = clock.now()
    form_actions = {
        "issue": FormAction(OPS, bind(invitations.issue_code), _("邀请码已生成"), CodeForm),
        "revoke": FormAction(OPS, bind(invitations.revoke_code), _("邀请码已作废，已加入的会员不受影响"), RevokeForm),
    }
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:codes")
    page = people.list_codes(cursor=cursor_of(request), limit=30)
    rows = [(code, code.is_valid(now)) for code in page.items]
    return render_page(request, "codes.html", page=page, rows=rows, form_actions=tried.forms)


@role_required(*BOTH)
def tiers(request: ActorRequest) -> HttpResponse:
    """The tier tables: what holds, what is to come, and entering a new one."""
    month = month_of(clock.now())
    tables = histories.tier_tables()
    current = table_in_force(tables, month)
    initial = {
        "from_month": f"{next_month(month):%Y-%m}",
        "thresholds": _typed(current.thresholds),
        "keep_amounts": _typed(current.keep_amounts),
        "keep_bonuses": _typed(current.keep_bonuses),
        "window_months": current.window_months,
        "fen_per_growth": current.fen_per_growth,
        "unpaid_limits_fen": " ".join(format_yuan(limit).removesuffix(".00") for limit in current.unpaid_limits_fen),
    }

    def create(*, actor: Actor, now: datetime, **typed: Any) -> object:
        return tier_tables.create_tier_table(actor=actor, table=TierTable(**typed), now=now)

    form_actions = {"table": FormAction(OPS, create, _("等级表已录入"), TableForm, initial)}
    tried = submit_form(request, form_actions)
    if tried.done:
        return redirect("console:tiers")
    shown = [
        (table, _columns(table), table is current)
        for table in reversed(tables)
        if table.from_month >= current.from_month
    ]
    return render_page(request, "tiers.html", tables=shown, tiers=list(Tier)[1:], form_actions=tried.forms)


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def rollovers(request: ActorRequest) -> HttpResponse:
    """What the monthly roll-over would do if the month ended now, and what earlier ones did."""
    now = clock.now()
    previews = preview_rollover(at=now, limit=MAX_PREVIEWED)
    downgraded = [each for each in previews if each.after < each.before]
    upgraded = [each for each in previews if each.after > each.before]
    rewarded = [each for each in previews if each.after == each.before]
    return render_page(
        request,
        "rollovers.html",
        groups=[downgraded, upgraded, rewarded],
        downgraded=downgraded,
        upgraded=upgraded,
        rewarded=rewarded,
        is_cut_off=len(previews) == MAX_PREVIEWED,
        is_due=rollover.is_rollover_due(now),
        rollover_month=next_month(month_of(now)),
        page=rollover.list_rollovers(cursor=cursor_of(request), limit=12),
    )


def _five(text: str) -> tuple[int, ...]:
    """Five figures of growth, apart by spaces or commas, in milli."""
    try:
        figures = tuple(int(Decimal(part) * MILLI) for part in _parts(text))
    except (InvalidOperation, ValueError) as cause:
        raise forms.ValidationError(_("请填写五个数，用空格隔开")) from cause
    if len(figures) != len(Tier) - 1:
        raise forms.ValidationError(_("请填写五个数，用空格隔开"))
    return figures


def _parts(text: str) -> list[str]:
    return text.replace("，", " ").replace(",", " ").replace("/", " ").split()


def _typed(figures: tuple[int, ...]) -> str:
    return " ".join(f"{Decimal(each) / MILLI:f}" for each in figures)


def _columns(table: TierTable) -> list[dict[str, Any]]:
    return [
        {
            "tier": tier,
            "threshold": table.threshold(tier) // MILLI,
            "threshold_fen": table.threshold(tier) * table.fen_per_growth // MILLI,
            "keep_amount": table.keep_amount(tier) // MILLI,
            "keep_fen": table.keep_amount(tier) * table.fen_per_growth // MILLI,
            "keep_bonus": table.keep_bonus(tier) // MILLI,
            "unpaid_limit_fen": table.unpaid_limit(tier),
        }
        for tier in list(Tier)[1:]
    ]
