"""The rules that ops entered: as views for people, and as the pure rules take them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Final

from django.db.models import Q
from pydantic import PlainSerializer

from db.rows import view_of
from kernel.period import SHANGHAI
from kernel.refusal import Missing
from pricing.models import CommissionRule, PlatformTerms, PriceControl, RuleDraft
from pricing.rules.controls import Action, Scope
from pricing.rules.terms import DEFAULT_TERMS, Ending, ListTerms, SaleTerms, resolve_terms
from web.pagination import Page, paginate

ONE_DAY = timedelta(days=1)
BY_NAME: Final = PlainSerializer(lambda member: member.name.lower(), return_type=str)
"""The API shows a scope or an action by its name in lower case; the column holds its number."""


class NoSuchRule(Missing):
    code = "pricing.no_such_rule"
    zh = "没有这条规则（{rule_id}）"
    en = "There is no such rule ({rule_id})"
    rule_id: int


@dataclass(frozen=True, slots=True)
class ControlView:
    """A price control. `scope_zh` and `scope_en` say in words what it applies to."""

    id: int
    brand_id: int
    brand: str
    scope: Annotated[Scope, BY_NAME]
    scope_zh: str
    scope_en: str
    category_id: int | None
    season: str
    year: int | None
    style_id: int | None
    starts_on: date
    ends_on: date | None
    floor_rate: Decimal | None
    floor_fen: int | None
    action: Annotated[Action, BY_NAME]
    cut_rate: Decimal
    draft_id: int | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class TermsView:
    """The platform's terms from an instant on."""

    id: int
    from_at: datetime
    discounts: tuple[Decimal, ...]
    margin_rate: Decimal
    ending: Ending
    draft_id: int | None


@dataclass(frozen=True, slots=True)
class CommissionView:
    id: int
    brand_id: int | None
    category_id: int | None
    rate: Decimal
    from_at: datetime
    draft_id: int | None


@dataclass(frozen=True, slots=True)
class DraftView:
    """A set of rules that are not in force."""

    id: int
    name: str
    created_at: datetime
    adopted_at: datetime | None
    discarded_at: datetime | None


def list_controls(
    *, brand_id: int | None = None, draft_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[ControlView]:
    """Price controls, the newest first: those in force or to come, or those of a draft."""
    rows = PriceControl.objects.select_related("brand", "category", "style").filter(draft=draft_id)
    if brand_id is not None:
        rows = rows.filter(brand=brand_id)
    return paginate(
        rows, name=f"pricing.controls:{draft_id}", order=("-id",), cursor=cursor, limit=limit, view=control_view
    )


def get_control(control_id: int) -> ControlView:
    row = PriceControl.objects.select_related("brand", "category", "style").filter(pk=control_id).first()
    if row is None:
        raise NoSuchRule(rule_id=control_id)
    return control_view(row)


def list_terms(*, draft_id: int | None = None, cursor: str = "", limit: int = 50) -> Page[TermsView]:
    """The platform's terms over time, the latest first, or those of a draft."""
    rows = PlatformTerms.objects.filter(draft=draft_id)
    return paginate(
        rows, name=f"pricing.terms:{draft_id}", order=("-from_at", "-id"), cursor=cursor, limit=limit, view=_terms_view
    )


def list_commissions(*, draft_id: int | None = None, cursor: str = "", limit: int = 50) -> Page[CommissionView]:
    rows = CommissionRule.objects.filter(draft=draft_id)
    return paginate(
        rows, name=f"pricing.commissions:{draft_id}", order=("-id",), cursor=cursor, limit=limit, view=commission_view
    )


def list_drafts(*, cursor: str = "", limit: int = 50) -> Page[DraftView]:
    """Drafts, the newest first."""
    return paginate(
        RuleDraft.objects.all(), name="pricing.drafts", order=("-id",), cursor=cursor, limit=limit, view=draft_view
    )


def terms_at(at: datetime, sale: SaleTerms | None = None, *, draft_id: int | None = None) -> ListTerms:
    """The terms of a sale that begins at `at`: its own, else the platform's at that instant. `draft_id` adds those of a draft."""
    rows = PlatformTerms.objects.filter(Q(draft=None) | Q(draft__isnull=False, draft=draft_id), from_at__lte=at)
    # Of two that begin at one instant the draft's come first. Its adoption would be refused, so they never are in force together.
    latest = max(rows, key=lambda row: (row.from_at, row.draft_id is not None, row.pk), default=None)
    platform = DEFAULT_TERMS if latest is None else _terms_of(latest)
    return resolve_terms(sale or SaleTerms(), platform)


def count_future_rules(draft_id: int, at: datetime) -> int:
    """How many rules of a draft begin only after an instant and so do not change its prices."""
    day = at.astimezone(SHANGHAI).date()
    return (
        PlatformTerms.objects.filter(draft=draft_id, from_at__gt=at).count()
        + CommissionRule.objects.filter(draft=draft_id, from_at__gt=at).count()
        + PriceControl.objects.filter(draft=draft_id, starts_on__gt=day, withdrawn_at=None).count()
    )


def rule_changes_after(after: datetime, *, brand_id: int | None = None) -> list[tuple[datetime, int | None]]:
    """The instants after `after` at which rules begin or end, each with the brand that it applies to (None: all brands).

    With `brand_id`: only those of that brand and of all brands.
    """
    changes: set[tuple[datetime, int | None]] = set()
    for row in PlatformTerms.objects.filter(draft=None, from_at__gt=after):
        changes.add((row.from_at, None))
    for rule in CommissionRule.objects.filter(draft=None, from_at__gt=after):
        changes.add((rule.from_at, rule.brand_id))
    for control in PriceControl.objects.filter(draft=None, withdrawn_at=None):
        days = [control.starts_on] if control.ends_on is None else [control.starts_on, control.ends_on + ONE_DAY]
        changes |= {(instant, control.brand_id) for day in days if (instant := start_of_day(day)) > after}
    return sorted(
        (change for change in changes if brand_id is None or change[1] in (None, brand_id)),
        key=lambda change: (change[0], change[1] or 0),
    )


def start_of_day(day: date) -> datetime:
    """The instant at which a day begins in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def control_view(row: PriceControl) -> ControlView:
    scope = Scope(row.scope)
    zh, en = _describe_scope(row, scope)
    return view_of(ControlView, row, brand=row.brand.name, scope=scope, scope_zh=zh, scope_en=en)


def draft_view(row: RuleDraft) -> DraftView:
    return DraftView(row.pk, row.name, row.created_at, row.adopted_at, row.discarded_at)


def _describe_scope(row: PriceControl, scope: Scope) -> tuple[str, str]:
    match scope:
        case Scope.CATEGORY:
            if row.category is None:
                raise ValueError(f"price control {row.pk} names no category")
            return f"类目 {row.category.name_zh}", f"Category {row.category.name_en}"
        case Scope.SEASON:
            words = f"{row.year or ''} {row.season}".strip()
            return f"季节 {words}", f"Season {words}"
        case Scope.STYLE:
            if row.style is None:
                raise ValueError(f"price control {row.pk} names no style")
            return f"款号 {row.style.style_no}", f"Style {row.style.style_no}"
        case Scope.BRAND:
            return "全品牌", "The whole brand"


def _terms_of(row: PlatformTerms) -> ListTerms:
    return ListTerms(
        discounts=tuple(row.discounts),
        margin_rate=row.margin_rate,
        ending=Ending(row.ending),
        platform_id=row.pk,
    )


def _terms_view(row: PlatformTerms) -> TermsView:
    return TermsView(row.pk, row.from_at, tuple(row.discounts), row.margin_rate, Ending(row.ending), row.draft_id)


def commission_view(row: CommissionRule) -> CommissionView:
    return CommissionView(row.pk, row.brand_id, row.category_id, row.rate, row.from_at, row.draft_id)
