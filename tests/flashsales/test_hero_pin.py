"""Ops pin a sale to the top of the resellers' first page (SALE-16)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import NotAllowed
from flashsales.models import HeroPin, Sale
from flashsales.rules.hero import HeroCandidate, choose_hero, default_pin
from flashsales.selectors.hero import get_pin, get_pinned_sale
from flashsales.services import ending
from flashsales.services.hero import (
    InvalidPinPeriod,
    NotPinnable,
    NotPinned,
    PinOutsideSale,
    PinTaken,
    pin_hero,
    unpin_hero,
)
from inventory.models import Style
from kernel.clock import set_to
from kernel.period import Period
from kernel.refusal import Refusal
from tests.builders import HOUR, NOW, Marketplace
from tests.flashsales.test_home_page import give_picture, phone_of
from tests.own_cache import clear_own_cache


@pytest.mark.parametrize(
    ("pinned_id", "chosen"),
    [(None, 1), (2, 2), (3, 1), (9, 1)],
    ids=["no pin", "pinned", "pinned without a picture", "pinned and not live"],
)
def test_choose_hero_prefers_a_pinned_sale_that_can_be_shown(pinned_id: int | None, chosen: int) -> None:
    """SALE-16."""
    candidates = [HeroCandidate(1, NOW + HOUR, 3), HeroCandidate(2, NOW + 9 * HOUR, 1), HeroCandidate(3, NOW, 0)]
    assert choose_hero(candidates, pinned_id=pinned_id) == chosen


@pytest.mark.parametrize(
    ("starts", "ends", "now", "period"),
    [
        (None, None, 1, (1, 48)),
        (None, None, -5, (0, 48)),
        (2, 4, 1, (2, 4)),
        (2, None, 1, (2, 48)),
        (None, 1, 1, None),
        (4, 2, 1, None),
    ],
)
def test_default_pin_reaches_from_now_to_the_end_of_the_sale(
    starts: int | None, ends: int | None, now: int, period: tuple[int, int] | None
) -> None:
    def at(hours: int | None) -> datetime | None:
        return None if hours is None else NOW + hours * HOUR

    found = default_pin(Period(NOW, NOW + 48 * HOUR), starts_at=at(starts), ends_at=at(ends), now=NOW + now * HOUR)
    assert (found and ((found.starts_at - NOW) // HOUR, (found.ends_at - NOW) // HOUR)) == period


def market_with_sales() -> tuple[Marketplace, int, int]:
    """Two live sales with a picture each: one that the rule shows, and one that ends later."""
    clear_own_cache()
    market = Marketplace()
    first = market.sale(market.sku(style_no="FIRST"))
    second = market.sale(market.sku(style_no="SECOND"))
    Sale.objects.filter(pk=first).update(ends_at=NOW + 30 * HOUR)
    for number, style in enumerate(Style.objects.order_by("pk")):
        give_picture(style, number)
    return market, first, second


def hero_of(market: Marketplace, at: datetime) -> int | None:
    with set_to(at):
        hero = phone_of(market.reseller()).get("/shop/").context["hero"]
    return hero.sale.id if hero else None


@pytest.mark.django_db
def test_pin_hero_shows_the_sale_from_its_beginning_to_its_end() -> None:
    market, first, second = market_with_sales()
    pin_hero(actor=market.ops, sale_id=second, starts_at=NOW + HOUR, ends_at=NOW + 3 * HOUR, now=NOW)
    assert [hero_of(market, NOW + hours * HOUR) for hours in (0, 1, 2, 3)] == [first, second, second, first]
    entry = AuditEntry.objects.get(action="flashsales.pin_hero")
    assert (entry.subject_id, entry.details["to"]) == (second, (NOW + 3 * HOUR).isoformat())


@pytest.mark.django_db
def test_a_pinned_sale_beyond_the_first_page_of_sales_is_the_hero_once() -> None:
    market, _, second = market_with_sales()
    for _ in range(12):
        Sale.objects.filter(pk=market.sale(market.sku())).update(ends_at=NOW + 20 * HOUR)
    pin_hero(actor=market.ops, sale_id=second, now=NOW)
    with set_to(NOW):
        page = phone_of(market.reseller()).get("/shop/")
    assert page.context["hero"].sale.id == second
    assert second not in [card.sale.id for card in page.context["others"]]
    assert len(page.context["others"]) == 12


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["cancel", "end_early", "unpin"])
def test_a_pin_ends_at_once_with_its_sale_or_when_it_is_taken_back(how: str) -> None:
    market, first, second = market_with_sales()
    pin_hero(actor=market.ops, sale_id=second, now=NOW)
    assert hero_of(market, NOW + HOUR) == second
    acts: dict[str, Callable[[], object]] = {
        "cancel": lambda: ending.cancel(actor=market.ops, sale_id=second, reason="wrong", now=NOW + HOUR),
        "end_early": lambda: ending.end_early(actor=market.ops, sale_id=second, reason="done", now=NOW + HOUR),
        "unpin": lambda: unpin_hero(actor=market.ops, sale_id=second, now=NOW + HOUR),
    }
    acts[how]()
    assert hero_of(market, NOW + HOUR) == first
    # Its time is free for another sale.
    pin_hero(actor=market.ops, sale_id=first, now=NOW + HOUR)


@pytest.mark.django_db
def test_a_sale_that_ended_by_the_clock_is_not_pinned_any_more() -> None:
    market, _, second = market_with_sales()
    pin_hero(actor=market.ops, sale_id=second, now=NOW)
    end = Sale.objects.get(pk=second).ends_at
    assert get_pinned_sale(at=end - HOUR) is not None
    assert get_pinned_sale(at=end) is None
    ending.close_ended(now=end)
    assert get_pin(second) is None


@pytest.mark.django_db
def test_a_second_pin_of_the_same_sale_replaces_the_first() -> None:
    market, _, second = market_with_sales()
    pin_hero(actor=market.ops, sale_id=second, ends_at=NOW + 2 * HOUR, now=NOW)
    pin_hero(actor=market.ops, sale_id=second, ends_at=NOW + 5 * HOUR, now=NOW + HOUR)
    pin = HeroPin.objects.get()
    assert (pin.starts_at, pin.ends_at) == (NOW + HOUR, NOW + 5 * HOUR)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "refusal"),
    [
        ((3, 2), InvalidPinPeriod),
        ((-3, 0), InvalidPinPeriod),
        ((-30, 5), PinOutsideSale),
        ((1, 999), PinOutsideSale),
    ],
)
def test_pin_hero_refuses_periods_that_make_no_sense(hours: tuple[int, int], refusal: type[Refusal]) -> None:
    market, _, second = market_with_sales()
    with pytest.raises(refusal):
        pin_hero(
            actor=market.ops,
            sale_id=second,
            starts_at=NOW + hours[0] * HOUR,
            ends_at=NOW + hours[1] * HOUR,
            now=NOW + HOUR,
        )
    assert not HeroPin.objects.exists()
    assert not AuditEntry.objects.filter(action="flashsales.pin_hero").exists()


@pytest.mark.django_db
def test_pin_hero_names_the_sale_that_is_pinned_at_that_time() -> None:
    market, first, second = market_with_sales()
    Sale.objects.filter(pk=first).update(title="Winter coats")
    pin_hero(actor=market.ops, sale_id=first, ends_at=NOW + 4 * HOUR, now=NOW)
    with pytest.raises(PinTaken) as refused:
        pin_hero(actor=market.ops, sale_id=second, starts_at=NOW + 3 * HOUR, now=NOW)
    assert refused.value.sale_id == first
    assert "“Winter coats” is pinned at that time" in refused.value.sentence("en")
    assert get_pin(second) is None
    # Periods that touch do not overlap.
    pin_hero(actor=market.ops, sale_id=second, starts_at=NOW + 4 * HOUR, now=NOW)


@pytest.mark.django_db
def test_pin_hero_refuses_drafts_ended_sales_and_strangers() -> None:
    market, first, second = market_with_sales()
    ending.cancel(actor=market.ops, sale_id=second, reason="wrong", now=NOW)
    with pytest.raises(NotPinnable):
        pin_hero(actor=market.ops, sale_id=second, now=NOW)
    with pytest.raises(NotPinned):
        unpin_hero(actor=market.ops, sale_id=first, now=NOW)
    with pytest.raises(NotAllowed):
        pin_hero(actor=market.reseller().actor, sale_id=first, now=NOW)
    with pytest.raises(NotAllowed):
        unpin_hero(actor=market.clerk, sale_id=first, now=NOW)
    assert not HeroPin.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_pins_at_once_one_is_refused() -> None:
    market, first, second = market_with_sales()

    def pin(sale_id: int) -> str:
        try:
            pin_hero(actor=market.ops, sale_id=sale_id, now=NOW)
        except PinTaken:
            return "taken"
        else:
            return "pinned"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(pin, (first, second))) == ["pinned", "taken"]
    assert HeroPin.objects.count() == 1


@pytest.mark.django_db
def test_ops_pin_on_the_page_of_the_sale_and_see_why_not() -> None:
    market, first, second = market_with_sales()
    desk = Client()
    desk.force_login(Person.objects.get(pk=market.ops.own_id))

    def send(sale_id: int, **fields: str) -> str:
        with set_to(NOW):
            return desk.post(f"/console/sales/{sale_id}/", fields, follow=True).content.decode()

    assert "已置顶到首页" in send(second, form_action="pin")
    assert get_pin(second) is not None
    assert "这段时间已经置顶了" in send(first, form_action="pin")
    assert get_pin(first) is None
    assert "已取消置顶" in send(second, form_action="unpin")
    assert get_pin(second) is None
