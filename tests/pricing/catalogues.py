"""Generated goods and rules for property tests of the price rules. No Django here."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from membership.rules.tiers import TIER_COUNT
from pricing.rules.commission import Commission
from pricing.rules.controls import Action, Control, Scope, SkuToPrice
from pricing.rules.quote import RuleSet
from pricing.rules.terms import Ending, ListTerms, MarkdownSchedule

CASES = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
BRAND, ROOT, LEAF, STYLE = 1, 10, 11, 100
BROAD = Decimal("0.0001")


def rates(least: str = "0", most: str = "0.9") -> st.SearchStrategy[Decimal]:
    return st.integers(int(Decimal(least) / BROAD), int(Decimal(most) / BROAD)).map(lambda points: points * BROAD)


@st.composite
def goods(draw: st.DrawFn) -> SkuToPrice:
    tag = draw(st.integers(1, 5_000_00))
    return SkuToPrice(
        sku_id=1,
        style_id=STYLE,
        brand_id=BRAND,
        categories=(LEAF, ROOT),
        season=draw(st.sampled_from(["秋", "冬"])),
        year=draw(st.sampled_from([None, 2025])),
        tag_price_fen=tag,
        base_price_fen=draw(st.integers(1, tag)),
        brand_rate=draw(rates(most="0.4")),
    )


@st.composite
def controls(draw: st.DrawFn) -> tuple[Control, ...]:
    found = []
    for number in range(draw(st.integers(0, 5))):
        scope = draw(st.sampled_from(list(Scope)))
        action = draw(st.sampled_from(list(Action)))
        by_rate = draw(st.booleans())
        starts_on = date(2026, 3, 1) + timedelta(days=draw(st.integers(-5, 12)))
        found.append(
            Control(
                id=number + 1,
                brand_id=draw(st.sampled_from([BRAND, BRAND, 2])),
                action=action,
                starts_on=starts_on,
                ends_on=draw(st.sampled_from([None, starts_on, starts_on + timedelta(days=7)])),
                category_id=draw(st.sampled_from([ROOT, LEAF])) if scope is Scope.CATEGORY else None,
                season=draw(st.sampled_from(["秋", "冬"])) if scope is Scope.SEASON else "",
                year=draw(st.sampled_from([None, 2025])) if scope is Scope.SEASON else None,
                style_id=draw(st.sampled_from([STYLE, 101])) if scope is Scope.STYLE else None,
                floor_rate=draw(rates("0.05", "1")) if by_rate else None,
                floor_fen=None if by_rate else draw(st.integers(1, 3_000_00)),
                cut_rate=draw(rates(most="0.3")) if action is Action.CUT else Decimal(0),
            )
        )
    return tuple(found)


@st.composite
def list_terms(draw: st.DrawFn) -> ListTerms:
    return ListTerms(
        discounts=tuple(sorted(draw(st.lists(rates(most="0.3"), min_size=TIER_COUNT, max_size=TIER_COUNT)))),
        margin_rate=draw(rates(most="0.1")),
        ending=draw(st.sampled_from(list(Ending))),
        platform_id=draw(st.integers(0, 3)),
        sale_rate=draw(st.one_of(st.none(), rates(most="0.4"))),
        markdown_schedule=draw(st.one_of(st.none(), markdown_schedules())),
    )


@st.composite
def markdown_schedules(draw: st.DrawFn) -> MarkdownSchedule:
    every = draw(st.integers(1, 60))
    return MarkdownSchedule(every * draw(st.integers(1, 8)), every, draw(rates("0.0001", "0.4")))


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    commissions = tuple(
        Commission(
            id=number + 1,
            rate=draw(rates(most="0.4")),
            from_at=AT + timedelta(days=draw(st.integers(-9, 3))),
            brand_id=brand,
            category_id=category,
        )
        for number, (brand, category) in enumerate(
            draw(
                st.lists(
                    st.sampled_from([(BRAND, None), (BRAND, LEAF), (BRAND, ROOT), (None, LEAF), (2, None)]), max_size=4
                )
            )
        )
    )
    return RuleSet(draw(list_terms()), draw(controls()), commissions)
