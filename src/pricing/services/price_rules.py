"""The rules of ops: platform terms, price controls, commissions. A rule under which a price breaks a rule is refused (PRICE-9)."""

from dataclasses import asdict, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Min

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from brands.selectors.brands import brand_ids
from inventory.selectors.lookups import category_exists, sku_ids_in_stock, sku_ids_of_brand, style_exists
from kernel.period import SHANGHAI
from kernel.refusal import Conflict, Invalid
from pricing.models import CommissionRule, PlatformTerms, PriceControl
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import ControlFields
from pricing.rules.terms import ListTerms
from pricing.selectors.price_rules import (
    ONE_DAY,
    CommissionView,
    ControlView,
    NoSuchRule,
    commission_view,
    get_control,
    rule_changes_after,
    start_of_day,
    terms_at,
)
from pricing.services.checks import check_prices, check_prices_under_control, lock_open_draft, require_valid_terms


class InvalidControl(Invalid):
    code = "pricing.invalid_control"
    zh = "控价规则有误：{faults_zh}"
    en = "The price control makes no sense: {faults_en}"
    faults_zh: str
    faults_en: str


class OverlappingControl(Conflict):
    code = "pricing.overlapping_control"
    zh = "同一范围在 {starts_on} 已有控价规则（{control_id}），无法判断以哪条为准（PRICE-6）"
    en = "A control of the same scope begins on {starts_on} too ({control_id}); neither would take precedence (PRICE-6)"
    starts_on: date
    control_id: int | None


class InvalidRuleStart(Conflict):
    code = "pricing.invalid_rule_start"
    zh = "规则只能从现在或以后起生效，且同一时刻只能有一条"
    en = "A rule begins now or later, and only one begins at an instant"


@transaction.atomic
def create_platform_terms(
    *, actor: Actor, terms: ListTerms, from_at: datetime, now: datetime, draft_id: int | None = None
) -> ListTerms:
    """Set tier discounts, minimum margin and price ending from an instant on (PRICE-4, PRICE-5, PRICE-8).

    Refuses discounts under which a higher tier pays more, and terms that leave a SKU in stock below its minimum price, which it names.
    Terms of a draft are only checked by themselves.
    """
    require_roles(actor, Role.OPS)
    require_valid_terms(terms)
    if draft_id is not None:
        lock_open_draft(draft_id)
    else:
        if from_at < now:
            raise InvalidRuleStart
        _check_terms(terms, from_at)
    row = write_platform_terms(actor=actor, terms=terms, from_at=from_at, now=now, draft_id=draft_id)
    _record(actor, "create_platform_terms", "platform_terms", row.pk, now, from_at=from_at.isoformat(), draft=draft_id)
    return replace(terms, platform_id=row.pk)


def write_platform_terms(
    *, actor: Actor, terms: ListTerms, from_at: datetime, now: datetime, draft_id: int | None = None
) -> PlatformTerms:
    """Write terms without a check of prices; refuses invalid terms, a start in the past and a second row at an instant."""
    require_valid_terms(terms)
    if draft_id is None and from_at < now:
        raise InvalidRuleStart
    try:
        with transaction.atomic():
            return PlatformTerms.objects.create(
                from_at=from_at,
                discounts=list(terms.discounts),
                margin_rate=terms.margin_rate,
                ending=terms.ending.value,
                draft_id=draft_id,
                entered_at=now,
                entered_by_id=actor.person_id,
            )
    except IntegrityError as cause:
        raise InvalidRuleStart from cause


@transaction.atomic
def create_control(*, actor: Actor, control: ControlFields, now: datetime, draft_id: int | None = None) -> ControlView:
    """Create a price control for a brand, or one category, season or style of it (PRICE-6, PRICE-7).

    Refuses one that is invalid by itself, one of the same scope and first day as another, and, with the SKUs named, a floor above the
    tag price and a cut rate that leaves a price below its minimum.
    """
    require_roles(actor, Role.OPS)
    row = write_control(actor=actor, control=control, now=now, draft_id=draft_id)
    if draft_id is None:
        check_control(row, now)
    _record(actor, "create_control", "price_control", row.pk, now, brand=control.brand_id, draft=draft_id)
    return get_control(row.pk)


def write_control(*, actor: Actor, control: ControlFields, now: datetime, draft_id: int | None = None) -> PriceControl:
    """Write a control without a check of prices; refuses one that is invalid by itself."""
    faults = control.faults()
    if faults:
        raise InvalidControl(faults_zh="；".join(zh for zh, _ in faults), faults_en="; ".join(en for _, en in faults))
    _require_existing(brand_id=control.brand_id, category_id=control.category_id, style_id=control.style_id)
    if draft_id is not None:
        lock_open_draft(draft_id)
    try:
        with transaction.atomic():
            return PriceControl.objects.create(
                **asdict(control), scope=control.scope, draft_id=draft_id, entered_at=now, entered_by_id=actor.person_id
            )
    except IntegrityError as cause:
        same = PriceControl.objects.filter(
            brand=control.brand_id,
            scope=control.scope,
            category=control.category_id,
            season=control.season,
            year=control.year,
            style=control.style_id,
            starts_on=control.starts_on,
            draft=draft_id,
            withdrawn_at=None,
        )
        raise OverlappingControl(
            starts_on=control.starts_on, control_id=same.values_list("pk", flat=True).first()
        ) from cause


@transaction.atomic
def end_control(*, actor: Actor, control_id: int, ends_on: date, now: datetime) -> ControlView:
    """Set the last day of a control: today or later, and never later than the one that it has. Published prices stay as they are.

    A longer control has to be entered as a new one, so that prices are checked for its days.
    """
    require_roles(actor, Role.OPS)
    row = lock_control(control_id)
    require_ends_on(row, ends_on, now.astimezone(SHANGHAI).date())
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    _record(actor, "end_control", "price_control", row.pk, now, ends_on=ends_on.isoformat())
    return get_control(control_id)


@transaction.atomic
def withdraw_control(*, actor: Actor, control_id: int, now: datetime) -> ControlView:
    """Withdraw a control: it applies to nothing from now on. Published prices stay as they are."""
    require_roles(actor, Role.OPS)
    row = lock_control(control_id)
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        _record(actor, "withdraw_control", "price_control", row.pk, now)
    return get_control(control_id)


@transaction.atomic
def create_commission(
    *, actor: Actor, commission: CommissionFields, now: datetime, draft_id: int | None = None
) -> CommissionView:
    """Set the platform's share of the base price for a brand, a category or both (PRICE-3). Refuses one that leaves a
    SKU in stock below its minimum price, which it names."""
    require_roles(actor, Role.OPS)
    row = write_commission(actor=actor, commission=commission, now=now, draft_id=draft_id)
    if draft_id is None:
        from_at, brand_id = commission.from_at, commission.brand_id
        for at, of_brand in [(from_at, brand_id), *rule_changes_after(from_at, brand_id=brand_id)]:
            check_prices(sku_ids_in_stock(brand_id or of_brand), terms_at(at), at)
    _record(actor, "create_commission", "commission", row.pk, now, rate=str(commission.rate), draft=draft_id)
    return commission_view(row)


def write_commission(
    *, actor: Actor, commission: CommissionFields, now: datetime, draft_id: int | None = None
) -> CommissionRule:
    """Write a rate without a check of prices; refuses one that is invalid by itself."""
    rate = commission.rate
    names_nothing = commission.brand_id is None and commission.category_id is None
    if names_nothing or not 0 <= rate < 1 or rate != round(rate, 4):
        raise InvalidControl(
            faults_zh="佣金须指明品牌或类目，佣金率须在 0 与 1 之间",
            faults_en="a commission names a brand or a category, and its rate is at least 0 and below 1",
        )
    _require_existing(brand_id=commission.brand_id, category_id=commission.category_id, style_id=None)
    if draft_id is not None:
        lock_open_draft(draft_id)
    elif commission.from_at < now:
        raise InvalidRuleStart
    try:
        with transaction.atomic():
            return CommissionRule.objects.create(
                **asdict(commission), draft_id=draft_id, entered_at=now, entered_by_id=actor.person_id
            )
    except IntegrityError as cause:
        raise InvalidRuleStart from cause


def check_control(row: PriceControl, now: datetime) -> None:
    """Refuse a control under which a price of its brand breaks a rule: on its first day, or when other rules begin or end while it is in
    force (PRICE-9)."""
    first = max(start_of_day(row.starts_on), now)
    for at in [first, *(instant for instant, _brand in rule_changes_after(first, brand_id=row.brand_id))]:
        if row.ends_on is None or at < start_of_day(row.ends_on + ONE_DAY):
            check_prices_under_control(row.pk, sku_ids_of_brand(row.brand_id), terms_at(at), at)


def _check_terms(terms: ListTerms, from_at: datetime) -> None:
    """Refuse terms under which a price of a SKU in stock breaks a rule: as they begin, or when other rules begin or end before the next
    terms do."""
    check_prices(sku_ids_in_stock(), terms, from_at)
    following = PlatformTerms.objects.filter(draft=None, from_at__gt=from_at).aggregate(first=Min("from_at"))["first"]
    for at, brand_id in rule_changes_after(from_at):
        if following is None or at < following:
            check_prices(sku_ids_in_stock(brand_id), terms, at)


def _require_existing(*, brand_id: int | None, category_id: int | None, style_id: int | None) -> None:
    """Refuse a rule about a brand, a category, or a style of the brand that does not exist."""
    missing = []
    if brand_id is not None and not brand_ids().filter(pk=brand_id).exists():
        missing.append(("品牌", "brand"))
    if category_id is not None and not category_exists(category_id):
        missing.append(("类目", "category"))
    if style_id is not None and (brand_id is None or not style_exists(style_id, brand_id=brand_id)):
        missing.append(("该品牌的款", "style of the brand"))
    if missing:
        raise InvalidControl(
            faults_zh="；".join(f"没有这个{zh}" for zh, _ in missing),
            faults_en="; ".join(f"there is no such {en}" for _, en in missing),
        )


def require_ends_on(row: PriceControl, ends_on: date, today: date) -> None:
    """Refuse a last day of a control that is past, before its first, or later than the one that it has."""
    if ends_on < max(row.starts_on, today):
        raise InvalidControl(faults_zh="结束日期须在今天或以后", faults_en="the last day is today or later")
    if row.ends_on is not None and ends_on > row.ends_on:
        raise InvalidControl(
            faults_zh="结束日期只能提前；要延长请录入新的控价",
            faults_en="the last day can only be brought forward; enter a new control to go on",
        )


def lock_control(control_id: int) -> PriceControl:
    row = PriceControl.objects.select_for_update().filter(pk=control_id, withdrawn_at=None).first()
    if row is None:
        raise NoSuchRule(rule_id=control_id)
    return row


def _record(actor: Actor, action: str, kind: str, subject_id: int, now: datetime, **details: object) -> None:
    audit.record(
        actor=actor, action=f"pricing.{action}", kind=kind, subject_id=subject_id, details=dict(details), now=now
    )
