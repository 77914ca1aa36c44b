"""Rules under which a price would break a rule are refused, with the SKUs named (PRICE-9); a frozen list never changes (PRICE-11);
drafts hold nowhere until they are adopted (PRICE-13)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from integrity.selectors.checks import violations_of
from pricing.models import CommissionRule, PlatformTerms, PriceControl, PriceList, PriceListItem, PriceListRow
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import Action, ControlFields
from pricing.rules.quote import Labelling
from pricing.rules.terms import DEFAULT_TERMS, Ending, ListTerms, MarkdownSchedule, SaleTerms, resolve_terms
from pricing.selectors import compare, price_lists, price_rules
from pricing.services import checks, drafts
from pricing.services import price_lists as pricing_price_lists
from pricing.services import price_rules as pricing_price_rules
from tests.pricing.stock import NOW, brand, category_chain, sku

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)
DEFAULT = [Decimal(rate) for rate in ("0", "0.01", "0.02", "0.03", "0.04", "0.05")]


def create_terms(
    discounts: list[Decimal], *, margin_rate: Decimal = Decimal("0.03"), from_at: datetime = NOW, **options: Any
) -> None:
    terms = ListTerms(tuple(discounts), margin_rate, Ending.FEN)
    pricing_price_rules.create_platform_terms(actor=SYSTEM, terms=terms, from_at=from_at, **{"now": NOW} | options)


def create_control(
    brand_id: int, action: Action = Action.CUT, *, draft_id: int | None = None, now: datetime = NOW, **fields: Any
) -> price_rules.ControlView:
    given_or_usual: dict[str, Any] = {"starts_on": TODAY} | fields
    control = ControlFields(brand_id=brand_id, action=action, **given_or_usual)
    return pricing_price_rules.create_control(actor=SYSTEM, control=control, now=now, draft_id=draft_id)


def freeze(*sku_ids: int, terms: SaleTerms | None = None) -> price_lists.PriceListView:
    return pricing_price_lists.freeze_price_list(
        actor=SYSTEM, sku_ids=sku_ids, terms=terms or SaleTerms(), at=NOW, now=NOW
    )


def test_freeze_price_list_writes_no_price_of_zero() -> None:
    """A base price of 1 fen, a commission of 90 % and an ending in whole yuan."""
    item = sku(brand("0.9"), base_fen=1, tag_fen=1)
    for ending in Ending:
        frozen = freeze(item.pk, terms=SaleTerms(ending=ending, margin_rate=Decimal(0)))
        rows = PriceListRow.objects.filter(price_list=frozen.id).order_by("tier")
        assert [(row.wholesale_fen, row.lowest_fen, row.brand_payable_fen, row.commission_fen) for row in rows] == [
            (1, 1, 0, 1)
        ] * 6
    assert violations_of("pricing") == []


def test_freeze_price_list_takes_rates_that_add_up_exactly() -> None:
    thin = brand("0.08")
    items = [sku(thin, base_fen=base, tag_fen=200_00) for base in range(117_17, 117_57)]
    frozen = freeze(*(item.pk for item in items))
    first = PriceListRow.objects.get(price_list=frozen.id, sku=items[0].pk, tier=5)
    assert (first.wholesale_fen, first.lowest_fen, first.brand_payable_fen, first.commission_fen) == (
        111_31, 111_31, 107_80, 3_51,
    )  # fmt: skip
    assert frozen.priced == 40
    assert violations_of("pricing") == []


def test_integrity_check_accepts_a_list_of_the_former_rounding() -> None:
    """Its terms do not tell how it rounds, and its least price is 107.80 + 3.52."""
    item = sku(brand("0.08"), base_fen=117_17, tag_fen=200_00)
    terms = resolve_terms(SaleTerms(discounts=(Decimal("0.04"),) * 6), DEFAULT_TERMS).to_json()
    del terms["rounding"]
    former = PriceList.objects.create(
        frozen_at=NOW, at=NOW, terms={"resolved": terms, "sale": SaleTerms().to_json()}, priced=1, excluded=0
    )
    PriceListItem.objects.create(
        price_list=former, sku=item, tag_price_fen=200_00, base_price_fen=117_17, commission_rate=Decimal("0.08"),
        commission_source=1, excluded=False,
    )  # fmt: skip
    rows = [
        PriceListRow(
            price_list=former, sku=item, tier=tier, wholesale_fen=112_48, labelling="kept", lowest_fen=111_32,
            brand_payable_fen=107_80, commission_fen=4_68, tag_price_fen=200_00, base_price_fen=117_17,
        )
        for tier in range(6)
    ]  # fmt: skip
    PriceListRow.objects.bulk_create(rows)
    assert violations_of("pricing") == []


def test_create_platform_terms_refuses_a_higher_tier_that_pays_more() -> None:
    with pytest.raises(checks.HigherTierPaysMore) as refused:
        create_terms([*DEFAULT[:4], Decimal("0.02"), Decimal("0.05")])
    assert refused.value.tier == "VIP4"
    assert not PlatformTerms.objects.exists()


def test_create_platform_terms_refuses_a_price_below_the_minimum_and_names_the_skus() -> None:
    thin = sku(brand("0.05"), style_no="THIN-1")
    sku(brand("0.30"), style_no="FAT-1")
    with pytest.raises(checks.PriceBelowMinimum) as refused:
        create_terms(DEFAULT)
    assert (refused.value.count, refused.value.sku_ids) == (1, [thin.pk])
    assert "THIN-1 黑 M" in refused.value.sentence("zh")
    assert not PlatformTerms.objects.exists()


@pytest.mark.parametrize(
    "discounts",
    [DEFAULT[:5], [*DEFAULT[:5], Decimal(1)], [Decimal("-0.1"), *DEFAULT[1:]], [Decimal("0.00001"), *DEFAULT[1:]]],
)
def test_create_platform_terms_refuses_invalid_discounts(discounts: list[Decimal]) -> None:
    with pytest.raises(checks.InvalidPriceTerms):
        create_terms(discounts)


def test_create_platform_terms_refuses_the_past_and_a_second_one_at_an_instant() -> None:
    with pytest.raises(pricing_price_rules.InvalidRuleStart):
        create_terms(DEFAULT, from_at=NOW - timedelta(seconds=1))
    create_terms(DEFAULT)
    with pytest.raises(pricing_price_rules.InvalidRuleStart):
        create_terms(DEFAULT)
    assert PlatformTerms.objects.count() == 1


def test_create_control_refuses_another_of_equal_scope_and_first_day() -> None:
    brand_id = brand()
    root, *_ = category_chain()
    for scope in ({}, {"category_id": root.pk}, {"season": "冬"}, {"season": "冬", "year": 2025}):
        first = create_control(brand_id, floor_rate=Decimal("0.3"), **scope)
        with pytest.raises(pricing_price_rules.OverlappingControl) as refused:
            create_control(brand_id, Action.RAISE, floor_rate=Decimal("0.4"), ends_on=TODAY, **scope)
        assert refused.value.control_id == first.id
    assert PriceControl.objects.count() == 4
    create_control(brand_id, Action.RAISE, floor_rate=Decimal("0.4"), starts_on=TODAY + timedelta(days=1))


def test_create_control_refuses_a_floor_above_the_tag_price_and_names_the_goods() -> None:
    brand_id = brand()
    cheap = sku(brand_id, tag_fen=199_00, base_fen=90_00, style_no="CHEAP")
    sku(brand_id, tag_fen=999_00)
    with pytest.raises(checks.FloorAboveTag) as refused:
        create_control(brand_id, Action.RAISE, floor_fen=200_00)
    assert refused.value.sku_ids == [cheap.pk]
    assert not PriceControl.objects.exists()


def test_create_control_refuses_a_cut_that_still_breaks_the_margin() -> None:
    brand_id = brand("0.20")
    under = sku(brand_id, style_no="UNDER")
    with pytest.raises(checks.CutPriceBelowMinimum) as refused:
        create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.15"))
    assert refused.value.sku_ids == [under.pk]
    assert not PriceControl.objects.exists()
    assert create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.10")).cut_rate == Decimal("0.10")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"floor_rate": Decimal("0.3"), "floor_fen": 100},
        {"floor_rate": Decimal("1.01")},
        {"floor_rate": Decimal(0)},
        {"floor_fen": 0},
        {"floor_rate": Decimal("0.3"), "cut_rate": Decimal(1)},
        {"floor_rate": Decimal("0.3"), "action": Action.RAISE, "cut_rate": Decimal("0.1")},
        {"floor_rate": Decimal("0.3"), "ends_on": TODAY - timedelta(days=1)},
        {"floor_rate": Decimal("0.3"), "season": "冬", "category_id": 1},
        {"floor_rate": Decimal("0.3"), "year": 2025},
        {"floor_rate": Decimal("0.33333")},
    ],
)
def test_create_control_refuses_invalid_fields(fields: dict[str, Any]) -> None:
    with pytest.raises(pricing_price_rules.InvalidControl):
        create_control(brand(), **fields)
    assert not PriceControl.objects.exists()


def test_create_commission_refuses_a_price_below_the_minimum() -> None:
    brand_id = brand("0.30")
    sku(brand_id)
    with pytest.raises(checks.PriceBelowMinimum):
        pricing_price_rules.create_commission(
            actor=SYSTEM, now=NOW, commission=CommissionFields(rate=Decimal("0.07"), from_at=NOW, brand_id=brand_id)
        )
    assert not CommissionRule.objects.exists()
    pricing_price_rules.create_commission(
        actor=SYSTEM, now=NOW, commission=CommissionFields(rate=Decimal("0.08"), from_at=NOW, brand_id=brand_id)
    )


def test_services_refuse_everybody_but_ops() -> None:
    for role in (Role.BRAND, Role.RESELLER, Role.FINANCE):
        actor = Actor(1, role, "x")
        with pytest.raises(NotAllowed):
            drafts.start_draft(actor=actor, name="x", now=NOW)
        with pytest.raises(NotAllowed):
            pricing_price_lists.freeze_price_list(actor=actor, sku_ids=[1], terms=SaleTerms(), at=NOW, now=NOW)


def test_freeze_price_list_refuses_prices_below_the_minimum() -> None:
    thin = sku(brand("0.05"), style_no="THIN-2")
    with pytest.raises(checks.PriceBelowMinimum, match="THIN-2"):
        freeze(thin.pk)
    assert not PriceList.objects.exists()
    assert not PriceListRow.objects.exists()


def test_freeze_price_list_lists_excluded_skus() -> None:
    brand_id = brand()
    dear, cheap = sku(brand_id, base_fen=600_00), sku(brand_id, base_fen=200_00, style_no="OUT")
    control = create_control(brand_id, Action.EXCLUDE, floor_rate=Decimal("0.5"))
    view = freeze(dear.pk, cheap.pk)
    assert (view.priced, [(out.sku_id, out.style_no, out.control_id) for out in view.excluded]) == (
        1,
        [(cheap.pk, "OUT", control.id)],
    )
    assert {row.sku_id for row in price_lists.list_frozen_rows(view.id).items} == {dear.pk}
    with pytest.raises(pricing_price_lists.NothingToPrice):
        freeze(cheap.pk)


def test_a_rule_entered_later_changes_no_published_price() -> None:
    brand_id = brand()
    item = sku(brand_id)
    view = freeze(item.pk)
    before = price_lists.list_frozen_rows(view.id).items
    create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.05"))
    create_terms([Decimal("0.01")] * 6)
    assert price_lists.list_frozen_rows(view.id).items == before
    assert violations_of("pricing") == []
    changed = price_lists.list_price_differences(list_id=view.id)
    assert len(changed) == 6
    assert {(row.frozen_labelling, row.now_labelling) for row in changed} == {("kept", "cut")}


def test_explain_price_computes_the_steps_to_the_fen_of_the_row() -> None:
    brand_id = brand()
    item = sku(brand_id)
    create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.05"))
    view = freeze(item.pk, terms=SaleTerms(ending=Ending.NINE))
    for tier in range(6):
        [row] = price_lists.list_frozen_rows(view.id, sku_ids=[item.pk], tier=tier).items
        assert row.labelling is Labelling.CUT
        steps = price_lists.explain_price(list_id=view.id, sku_id=item.pk, tier=tier, role=Role.OPS)
        assert steps[-2].after_fen == row.wholesale_fen
        assert steps[-1].after_fen == row.commission_fen


def test_a_frozen_list_cannot_be_changed_or_deleted() -> None:
    view = freeze(sku(brand()).pk)
    for statement in (
        "UPDATE pricing_pricelistrow SET wholesale_fen = 1",
        "DELETE FROM pricing_pricelistitem",
        "DELETE FROM pricing_pricelist",
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert price_lists.get_price_list(view.id).priced == 1


def test_integrity_check_names_a_corrupted_row() -> None:
    view = freeze(sku(brand()).pk)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pricing_pricelistrow DISABLE TRIGGER pricing_pricelistrow_append_only")
        cursor.execute(
            "UPDATE pricing_pricelistrow SET wholesale_fen = wholesale_fen + 1, commission_fen = commission_fen + 1 WHERE tier = 3"
        )
        cursor.execute("ALTER TABLE pricing_pricelistrow ENABLE TRIGGER pricing_pricelistrow_append_only")
    spoiled = PriceListRow.objects.get(price_list=view.id, tier=3)
    assert [(violation.table, violation.row_id) for violation in violations_of("pricing")] == [
        ("pricing_pricelistrow", spoiled.pk)
    ]


def test_a_draft_changes_prices_in_the_simulator_only_until_it_is_adopted() -> None:
    brand_id = brand()
    item = sku(brand_id)
    draft = drafts.start_draft(actor=SYSTEM, name="春季", now=NOW)
    create_control(brand_id, Action.RAISE, floor_rate=Decimal("0.5"), draft_id=draft.id)
    create_terms([Decimal("0.02")] * 6, draft_id=draft.id)

    def price(draft_id: int | None) -> int:
        rows = price_lists.preview_price_list(
            sku_ids=[item.pk], terms=SaleTerms(), at=NOW, tiers=[0], draft_id=draft_id
        )
        return rows[0].wholesale_fen

    assert (price(None), price(draft.id)) == (300_00, 500_00)
    compared = compare.compare_rules(
        sku_ids=[item.pk], terms=SaleTerms(), at=NOW, base_id=None, other_id=draft.id, tier=5
    )
    assert [tier.dearer for tier in compared.tiers] == [1] * 6
    assert sum(bucket.base for bucket in compared.prices) == sum(bucket.other for bucket in compared.prices) == 1
    assert compared.tiers[0].other_margin_fen - compared.tiers[0].base_margin_fen == 200_00
    drafts.adopt_draft(actor=SYSTEM, draft_id=draft.id, now=NOW)
    assert price(None) == 500_00
    with pytest.raises(checks.DraftClosed):
        drafts.discard_draft(actor=SYSTEM, draft_id=draft.id, now=NOW)


def test_adopt_draft_refuses_what_its_rules_would_be_refused_for_and_puts_none_in_force() -> None:
    brand_id = brand()
    item = sku(brand_id)
    draft = drafts.start_draft(actor=SYSTEM, name="too deep", now=NOW)
    create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.3"), draft_id=draft.id)
    with pytest.raises(checks.CutPriceBelowMinimum):
        drafts.adopt_draft(actor=SYSTEM, draft_id=draft.id, now=NOW)
    assert freeze(item.pk).priced == 1
    assert PriceControl.objects.filter(draft=draft.id).count() == 1


def test_a_control_can_be_ended_and_withdrawn_but_not_rewritten() -> None:
    brand_id = brand()
    item = sku(brand_id)
    control = create_control(brand_id, Action.RAISE, floor_rate=Decimal("0.5"))
    with pytest.raises(pricing_price_rules.InvalidControl):
        pricing_price_rules.end_control(actor=SYSTEM, control_id=control.id, ends_on=TODAY - timedelta(days=1), now=NOW)
    assert pricing_price_rules.end_control(actor=SYSTEM, control_id=control.id, ends_on=TODAY, now=NOW).ends_on == TODAY
    with pytest.raises(IntegrityError, match="never rewritten"), transaction.atomic():
        PriceControl.objects.filter(pk=control.id).update(floor_rate=Decimal("0.1"))
    pricing_price_rules.withdraw_control(actor=SYSTEM, control_id=control.id, now=NOW)
    assert (
        price_lists.preview_price_list(sku_ids=[item.pk], terms=SaleTerms(), at=NOW, tiers=[0])[0].wholesale_fen
        == 300_00
    )


def test_create_control_refuses_a_cut_that_breaks_the_margin_once_later_terms_hold() -> None:
    brand_id = brand("0.20")
    under = sku(brand_id)
    create_terms([Decimal("0.1")] * 6, from_at=NOW + timedelta(days=9))
    with pytest.raises(checks.CutPriceBelowMinimum) as refused:
        create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.10"))
    assert refused.value.sku_ids == [under.pk]
    before = TODAY + timedelta(days=8)
    assert create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.10"), ends_on=before).id


def test_create_platform_terms_refuses_a_discount_that_breaks_a_control_entered_for_later() -> None:
    brand_id = brand("0.20")
    under = sku(brand_id)
    create_control(brand_id, floor_rate=Decimal("0.5"), cut_rate=Decimal("0.10"), starts_on=TODAY + timedelta(days=5))
    with pytest.raises(checks.CutPriceBelowMinimum) as refused:
        create_terms([Decimal("0.1")] * 6)
    assert refused.value.sku_ids == [under.pk]
    assert not PlatformTerms.objects.exists()


def test_end_control_brings_the_last_day_forward_and_never_revives() -> None:
    control = create_control(brand(), floor_rate=Decimal("0.5"), ends_on=TODAY + timedelta(days=3))
    with pytest.raises(pricing_price_rules.InvalidControl, match="brought forward"):
        pricing_price_rules.end_control(actor=SYSTEM, control_id=control.id, ends_on=TODAY + timedelta(days=4), now=NOW)
    ended = pricing_price_rules.end_control(
        actor=SYSTEM, control_id=control.id, ends_on=TODAY + timedelta(days=1), now=NOW
    )
    assert ended.ends_on == TODAY + timedelta(days=1)


@pytest.mark.parametrize("place", ["brand_id", "category_id", "style_id"])
def test_rules_about_a_brand_category_or_style_that_does_not_exist_are_refused(place: str) -> None:
    others_style = sku(brand()).style_id
    where: dict[str, Any] = {"brand_id": brand()} | {place: others_style if place == "style_id" else 10**9}
    with pytest.raises(pricing_price_rules.InvalidControl, match="there is no such"):
        create_control(floor_rate=Decimal("0.5"), **where)
    assert not PriceControl.objects.exists()


def test_a_closed_draft_takes_no_rule() -> None:
    brand_id = brand()
    sku(brand_id)
    for close in (drafts.adopt_draft, drafts.discard_draft):
        draft = drafts.start_draft(actor=SYSTEM, name="zu", now=NOW)
        close(actor=SYSTEM, draft_id=draft.id, now=NOW)
        with pytest.raises(checks.DraftClosed):
            create_control(brand_id, floor_rate=Decimal("0.5"), draft_id=draft.id)
        with pytest.raises(checks.DraftClosed):
            create_terms(DEFAULT, draft_id=draft.id)
        with pytest.raises(checks.DraftClosed):
            pricing_price_rules.create_commission(
                actor=SYSTEM,
                draft_id=draft.id,
                now=NOW,
                commission=CommissionFields(rate=Decimal("0.3"), from_at=NOW, brand_id=brand_id),
            )
    with pytest.raises(price_rules.NoSuchRule):
        create_terms(DEFAULT, draft_id=10**9)
    assert not PriceControl.objects.exists()


def test_rules_of_a_draft_whose_instant_has_passed_begin_with_its_adoption() -> None:
    brand_id = brand()
    item = sku(brand_id)
    draft = drafts.start_draft(actor=SYSTEM, name="slow", now=NOW)
    create_terms([Decimal("0.02")] * 6, draft_id=draft.id)
    later = NOW + timedelta(hours=3)
    drafts.adopt_draft(actor=SYSTEM, draft_id=draft.id, now=later)
    assert PlatformTerms.objects.get().from_at == later

    def price(minutes: int) -> int:
        at = later + timedelta(minutes=minutes)
        rows = price_lists.preview_price_list(sku_ids=[item.pk], terms=SaleTerms(), at=at, tiers=[0])
        return rows[0].wholesale_fen

    assert (price(-1), price(0)) == (300_00, 294_00)


@pytest.mark.parametrize("days", [0, 1, 4, 9])
def test_a_draft_is_simulated_as_its_adoption_then_prices(days: int) -> None:
    brand_id = brand("0.30")
    item = sku(brand_id)
    create_terms([Decimal("0.01")] * 6, from_at=NOW + timedelta(days=3))
    draft = drafts.start_draft(actor=SYSTEM, name="mixed", now=NOW)
    for after, rate in ((0, "0.02"), (2, "0.03"), (8, "0.04")):
        create_terms([Decimal(rate)] * 6, from_at=NOW + timedelta(days=after), draft_id=draft.id)
    create_control(
        brand_id, Action.RAISE, floor_rate=Decimal("0.4"), starts_on=TODAY + timedelta(days=4), draft_id=draft.id
    )
    pricing_price_rules.create_commission(
        actor=SYSTEM,
        draft_id=draft.id,
        now=NOW,
        commission=CommissionFields(rate=Decimal("0.25"), from_at=NOW + timedelta(days=1), brand_id=brand_id),
    )

    def priced(draft_id: int | None) -> list[tuple[int, int]]:
        at = NOW + timedelta(days=days)
        rows = price_lists.preview_price_list(sku_ids=[item.pk], terms=SaleTerms(), at=at, draft_id=draft_id)
        return [(row.wholesale_fen, row.brand_payable_fen) for row in rows]

    simulated = priced(draft.id)
    drafts.adopt_draft(actor=SYSTEM, draft_id=draft.id, now=NOW)
    assert priced(None) == simulated


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (SaleTerms(discounts=(Decimal(0), Decimal("0.02"), Decimal("0.01"), *[Decimal("0.03")] * 3)), checks.HigherTierPaysMore),
        (SaleTerms(discounts=(Decimal(0),) * 3), checks.InvalidPriceTerms),
        (SaleTerms(markdown_schedule=MarkdownSchedule(60, 90, Decimal("0.1"))), checks.InvalidPriceTerms),
        (SaleTerms(markdown_schedule=MarkdownSchedule(60, 30, Decimal("0.12345"))), checks.InvalidPriceTerms),
    ],
)  # fmt: skip
def test_require_valid_sale_terms_refuses_invalid_terms(terms: SaleTerms, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        checks.require_valid_sale_terms(terms, at=NOW)


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "1e9999", "-1e9999", "x"])
def test_sale_terms_refuse_a_rate_that_is_no_number(rate: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        SaleTerms.from_json({"margin_rate": rate})
