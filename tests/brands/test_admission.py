from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from brands import services
from brands.models import Brand
from brands.rules import DEFAULT_TERMS, AdmissionTerms, BrandStatus, may_sell, shortfalls
from brands.selectors import brands as brand_selectors
from kernel.refusal import ReasonRequired
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from tests.builders import HOUR, NOW, Marketplace, approval_by

pytestmark = pytest.mark.django_db


def applied(market: Marketplace, *, sales_fen: int = 20_000_000_00, shops: int = 50) -> int:
    return services.create_application(
        actor=market.ops,
        name="青禾",
        annual_sales_fen=sales_fen,
        offline_shops=shops,
        commission_rate=Decimal("0.18"),
        now=NOW,
    ).id


@pytest.mark.parametrize(
    ("figures", "zh", "en"),
    [
        ({"sales_fen": -1}, "年销售额 的数值不合理", "The figure of yearly sales makes no sense"),
        ({"shops": -1}, "线下门店数 的数值不合理", "The number of shops makes no sense"),
    ],
)
def test_apply_names_the_figure_that_makes_no_sense(figures: dict[str, int], zh: str, en: str) -> None:
    with pytest.raises(services.InvalidFigure) as refused:
        applied(Marketplace(), **figures)
    assert (refused.value.sentence("zh"), refused.value.sentence("en")) == (zh, en)


def test_admit_takes_a_brand_that_just_meets_the_terms() -> None:
    market = Marketplace()
    view = services.admit_brand(actor=market.ops, brand_id=applied(market), now=NOW)
    assert (view.status, view.deposit_required_fen, view.may_sell) == (BrandStatus.ADMITTED, 10_000_00, False)


# BRAND-1
def test_admit_refuses_a_brand_below_the_terms_and_says_which() -> None:
    market = Marketplace()
    brand_id = applied(market, sales_fen=19_999_999_99, shops=49)
    with pytest.raises(services.BelowTerms) as refused:
        services.admit_brand(actor=market.ops, brand_id=brand_id, now=NOW)
    assert refused.value.missed == ["annual_sales", "offline_shops"]
    assert brand_selectors.get_brand(brand_id).status is BrandStatus.APPLIED


def test_admit_follows_the_terms_of_the_day() -> None:
    market = Marketplace()
    brand_id = applied(market, shops=10)
    easier = AdmissionTerms(min_annual_sales_fen=0, min_offline_shops=10, deposit_fen=500_00)
    services.set_admission_terms(actor=market.ops, terms=easier, now=NOW + HOUR)
    assert brand_selectors.get_admission_terms(NOW) == DEFAULT_TERMS
    view = services.admit_brand(actor=market.ops, brand_id=brand_id, now=NOW + HOUR)
    assert view.deposit_required_fen == 500_00


def test_refuse_needs_a_reason_and_keeps_it() -> None:
    market = Marketplace()
    brand_id = applied(market)
    with pytest.raises(ReasonRequired):
        services.refuse_brand(actor=market.ops, brand_id=brand_id, reason="  ", now=NOW)
    assert services.refuse_brand(actor=market.ops, brand_id=brand_id, reason="资料不全", now=NOW).reason == "资料不全"
    assert AuditEntry.objects.filter(action="brands.refused", subject_id=brand_id).count() == 1


# BRAND-2
def test_a_brand_sells_once_its_whole_deposit_is_in() -> None:
    market = Marketplace()
    brand_id = market.brand(deposit=False)
    first = services.record_deposit(
        actor=market.finance,
        approval=approval_by(market.finance),
        brand_id=brand_id,
        amount_fen=9_999_99,
        reference="B1",
        now=NOW,
    )
    assert not first.may_sell
    again = services.record_deposit(
        actor=market.finance,
        approval=approval_by(market.finance),
        brand_id=brand_id,
        amount_fen=9_999_99,
        reference=" ｂ1",
        now=NOW,
    )
    assert again.deposit_fen == 9_999_99
    assert services.record_deposit(
        actor=market.finance,
        approval=approval_by(market.finance),
        brand_id=brand_id,
        amount_fen=1,
        reference="B2",
        now=NOW,
    ).may_sell
    assert get_balance_fen(AccountRef(AccountKind.DEPOSIT, brand_id)) == 10_000_00


def test_deposits_are_booked_by_finance_only() -> None:
    market = Marketplace()
    with pytest.raises(NotAllowed):
        services.record_deposit(
            actor=market.clerk,
            approval=approval_by(market.clerk),
            brand_id=market.brand_id,
            amount_fen=1,
            reference="B1",
            now=NOW,
        )


# BRAND-3
def test_to_a_clerk_another_brand_does_not_exist() -> None:
    market = Marketplace()
    other = market.brand()
    brand_selectors.require_staff(market.clerk, market.brand_id)
    with pytest.raises(brand_selectors.NoSuchBrand):
        brand_selectors.require_staff(market.clerk, other)


def test_two_brands_cannot_have_one_name() -> None:
    market = Marketplace()
    applied(market)
    with pytest.raises(services.BrandNameTaken):
        applied(market)
    assert Brand.objects.filter(name="青禾").count() == 1


@given(sales=st.integers(0, 10**13), shops=st.integers(0, 1000))
def test_nothing_is_missed_exactly_when_both_terms_are_met(sales: int, shops: int) -> None:
    met = sales >= DEFAULT_TERMS.min_annual_sales_fen and shops >= DEFAULT_TERMS.min_offline_shops
    assert (shortfalls(annual_sales_fen=sales, offline_shops=shops, terms=DEFAULT_TERMS) == []) is met


@given(status=st.sampled_from(BrandStatus), deposit=st.integers(0, 20), required=st.integers(0, 20))
def test_only_admitted_brands_with_a_whole_deposit_may_sell(status: BrandStatus, deposit: int, required: int) -> None:
    allowed = may_sell(status=status, deposit_fen=deposit, required_fen=required)
    assert allowed is (status is BrandStatus.ADMITTED and deposit >= required)
