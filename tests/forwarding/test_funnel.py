"""What became of shared pages: the rule, the statement beside it, and what she sees (FORWARD-21)."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwarding.models import Forward, ViewCount, Wish, WishLine
from forwarding.rules.funnel import (
    CountedLine,
    CountedViews,
    CountedWish,
    Funnel,
    FunnelSpan,
    WishPart,
    funnel_by,
    places_in_line,
    share_of,
)
from forwarding.selectors.forwards import NoSuchForward, get_customer_page
from forwarding.selectors.funnel import FunnelRowView, get_funnel
from forwarding.selectors.profit import get_order_profit
from forwarding.services import forwards, wishes
from forwarding.sql.prices import NewPrice, store_prices
from kernel.period import SHANGHAI
from orders.models.lines import OrderLine
from orders.services import grab
from shop.funnel_plot import draw_funnel
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.test_profit import Sold

TODAY = date(2026, 11, 22)
PAID_LINE = CountedLine(True, True, 4, 0, 100, 0, 250)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 30))
def test_shares_of_a_line_add_up_to_no_more_than_it(amount: int, wished: list[int], units: int) -> None:
    parts = [WishPart(number, each, 1) for number, each in enumerate(wished)]
    places = places_in_line(parts, units)
    shares = [share_of(amount, before=before, upto=upto, units=units) for before, upto in places.values()]
    assert all(0 <= before <= upto <= units for before, upto in places.values())
    assert sum(shares) <= amount
    if sum(wished) >= units:
        assert sum(shares) == amount


def test_wishes_of_one_line_share_its_units_in_their_order() -> None:
    found = [
        CountedWish(1, "g", TODAY, [WishPart(1, 3, 7)]), CountedWish(1, "m", TODAY, [WishPart(2, 3, 7), WishPart(3, 1, None)]),
    ]  # fmt: skip
    sums = funnel_by(lambda each: each.channel, [CountedViews(1, "m", TODAY, 5)], found, {7: PAID_LINE})
    assert sums["g"] == Funnel(0, 1, 3, 1, 3, 1, 3, 750, 300)
    assert sums["m"] == Funnel(5, 1, 4, 1, 1, 1, 1, 250, 100)


@pytest.mark.django_db
class TestCounted:
    def test_funnel_from_the_view_to_the_profit(self) -> None:
        shop = Sold()
        token = shop.forward(shop.coat)
        forward_id = get_customer_page(token, at=NOW).forward_id
        for visitor in ("a", "b", "c"):
            forwards.count_view(forward_id=forward_id, visitor=visitor, channel="g", now=NOW)
        wish_id = shop.wish(token)
        Wish.objects.update(channel="g")
        shop.wish(token, key="other", visitor="x")
        order_id = shop.buy(shop.coat_sku, 1, at=HOUR, key="wished")
        wishes.link_order(actor=shop.daigou.actor, wish_id=wish_id, order_id=order_id, now=NOW + HOUR)
        view = get_funnel(shop.daigou.id, span=FunnelSpan.CHANNEL, first_date=TODAY, last_date=TODAY)
        by_channel = {each.key: each for each in view.rows}
        assert sums(by_channel["g"]) == (3, 1, 1, 1, 1, 1, 1, 299_00, 196_00)
        assert sums(by_channel[""]) == (0, 1, 1, 0, 0, 0, 0, 0, 0)
        assert sums(view.total) == (3, 2, 2, 1, 1, 1, 1, 299_00, 196_00)
        assert (by_channel["g"].name, by_channel[""].name) == ("群", "没分渠道")
        profit = get_order_profit(shop.daigou.id, order_id)
        assert profit is not None
        assert view.total.profit_fen == profit.profit_fen
        alone = get_funnel(
            shop.daigou.id, span=FunnelSpan.FORWARD, first_date=TODAY, last_date=TODAY, forward_id=forward_id
        )
        assert [(each.key, each.views) for each in alone.rows] == [(str(forward_id), 3)]
        tomorrow = TODAY + timedelta(days=1)
        later = get_funnel(shop.daigou.id, span=FunnelSpan.DAY, first_date=tomorrow, last_date=tomorrow)
        assert later.rows == []

    def test_funnel_of_another_reseller_is_empty_and_her_page_is_refused(self) -> None:
        shop = Sold()
        forward_id = get_customer_page(shop.forward(shop.coat), at=NOW).forward_id
        forwards.count_view(forward_id=forward_id, visitor="a", now=NOW)
        stranger = shop.market.reseller()
        assert get_funnel(stranger.id, span=FunnelSpan.DAY, first_date=TODAY, last_date=TODAY).rows == []
        with pytest.raises(NoSuchForward):
            get_funnel(stranger.id, span=FunnelSpan.DAY, first_date=TODAY, last_date=TODAY, forward_id=forward_id)

    def test_a_cancelled_order_is_none(self) -> None:
        shop = Sold()
        wish_id = shop.wish(shop.forward(shop.coat))
        order = shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku), 1, key="wished", now=NOW)
        wishes.link_order(actor=shop.daigou.actor, wish_id=wish_id, order_id=order.id, now=NOW)
        total = get_funnel(shop.daigou.id, span=FunnelSpan.DAY, first_date=TODAY, last_date=TODAY).total
        assert (total.ordered, total.ordered_units, total.paid) == (1, 1, 0)
        grab.cancel_unpaid(actor=shop.daigou.actor, order_id=order.id, now=NOW)
        total = get_funnel(shop.daigou.id, span=FunnelSpan.DAY, first_date=TODAY, last_date=TODAY).total
        assert (total.wishes, total.ordered, total.ordered_units) == (1, 0, 0)

    @pytest.mark.parametrize("span", FunnelSpan)
    def test_the_sums_are_those_of_all_rows_where_not_all_are_listed(
        self, span: FunnelSpan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop = Sold()
        played(shop, random.Random(0))
        whole = get_funnel(shop.daigou.id, span=span, first_date=TODAY, last_date=TODAY + timedelta(days=3))
        monkeypatch.setattr("forwarding.selectors.funnel.MAX_ROWS", 2)
        cut = get_funnel(shop.daigou.id, span=span, first_date=TODAY, last_date=TODAY + timedelta(days=3))
        assert len(cut.rows) == 2 < len(whole.rows)
        assert cut.total == whole.total

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("span", FunnelSpan)
    def test_the_statement_counts_as_the_rule_does(self, seed: int, span: FunnelSpan) -> None:
        shop = Sold()
        views, found, lines = played(shop, random.Random(seed))
        key = {
            FunnelSpan.DAY: lambda each: each.date.isoformat(),
            FunnelSpan.CHANNEL: lambda each: each.channel,
            FunnelSpan.FORWARD: lambda each: str(each.forward_id),
        }[span]
        expected = funnel_by(key, views, found, lines)
        view = get_funnel(shop.daigou.id, span=span, first_date=TODAY, last_date=TODAY + timedelta(days=3))
        actual = {each.key: Funnel(*sums(each)) for each in view.rows}
        assert actual == expected
        assert len(actual) > 1
        assert Funnel(*sums(view.total)) == sum(expected.values(), Funnel())


def sums(row: FunnelRowView) -> tuple[int, ...]:
    return tuple(getattr(row, name) for name in Funnel.__slots__)


def played(
    shop: Sold, chance: random.Random
) -> tuple[Sequence[CountedViews], Sequence[CountedWish], dict[int, CountedLine]]:
    """Pages, views, wishes and order lines in any mixture, written as rows; two wishes may share an order line."""
    shop.price(shop.scarf, 150_00, below_cost_confirmed=True)
    pages = [
        Forward.objects.get(token=token) for token in (shop.forward(shop.coat), shop.forward(None), shop.forward(shop.scarf))
    ]  # fmt: skip
    views = [
        CountedViews(page.pk, channel, TODAY + timedelta(days=day), chance.randint(1, 9))
        for page in pages for channel in ("", "g", "m") for day in range(3) if chance.random() < 0.5
    ]  # fmt: skip
    ViewCount.objects.bulk_create(
        ViewCount(forward_id=each.forward_id, channel=each.channel, date=each.date, views=each.views) for each in views
    )
    store_prices(
        reseller_id=shop.daigou.id,
        prices=[NewPrice(shop.sale_id, shop.coat, 321_00, by_rule=False, cost_fen=1)],
        now=NOW + timedelta(minutes=1),
    )
    lines = {}
    template = OrderLine.objects.get(order_id=shop.order_id)
    for place in range(12):
        copy = OrderLine.objects.get(pk=template.pk)
        order = copy.order
        order.pk, order.key, order.placed_at = (
            None,
            f"copy {place}",
            NOW + timedelta(minutes=chance.choice((-99999, 5))),
        )
        order.state = chance.choice(("paid", "paid", "unpaid", "cancelled"))
        order.paid_at = NOW if order.state == "paid" else None
        order.save()
        units = chance.randint(1, 7)
        refunded = chance.choice((0, 0, chance.randint(0, units)))
        copy.pk, copy.order, copy.units, copy.refunded_units = None, order, units, refunded
        copy.price_fen = copy.payable_fen = chance.randint(1, 999_00)
        copy.commission_fen = 0
        copy.refund_adjustment_fen = (
            0 if refunded == units else chance.choice((0, chance.randint(0, copy.price_fen - 1)))
        )
        copy.save()
        lines[copy.pk] = (copy, order)
    found = [_wish(chance.choice(pages), template.item_id, list(lines), chance, number) for number in range(25)]
    retail = {line_id: _retail(line_id, order.placed_at) for line_id, (_, order) in lines.items()}
    counted = {
        line_id: CountedLine(
            order.state != "cancelled", order.state == "paid", line.units, line.refunded_units, line.price_fen,
            line.refunded_units * line.price_fen + line.refund_adjustment_fen, retail[line_id],
        )
        for line_id, (line, order) in lines.items()
    }  # fmt: skip
    return views, found, counted


def _wish(page: Forward, item_id: int, line_ids: Sequence[int], chance: random.Random, number: int) -> CountedWish:
    at: datetime = NOW + timedelta(hours=chance.randint(0, 71))
    channel, units = chance.choice(("", "g", "m")), chance.randint(1, 5)
    wish = Wish.objects.create(
        forward=page, reseller_id=page.reseller_id, item_id=item_id, units=units, name="王", key=f"played {number}",
        visitor="", channel=channel, created_at=at,
    )  # fmt: skip
    parts = []
    if chance.random() < 0.9:
        line_id = chance.choice((None, *line_ids))
        row = WishLine.objects.create(
            wish=wish,
            item_id=item_id,
            units=units,
            order_line_id=line_id,
            retail_fen=chance.choice((None, 299_00, 399_00)),
        )
        parts = [WishPart(row.pk, units, line_id)]
    return CountedWish(page.pk, channel, at.astimezone(SHANGHAI).date(), parts or [WishPart(0, units, None)])


def _retail(line_id: int, placed_at: datetime) -> int | None:
    seen = {
        each for each in WishLine.objects.filter(order_line_id=line_id).values_list("retail_fen", flat=True) if each
    }
    if len(seen) == 1:
        return seen.pop()
    return 321_00 if placed_at > NOW else None


def test_funnel_has_a_share_of_the_step_before_where_it_is_a_part_of_it() -> None:
    """Wishes of a group list come from no page that was opened: they are no share of the views."""
    row = FunnelRowView("", "", 2, 10, 10, 5, 5, 5, 5, 300_00, 200_00)
    assert [(each.count, each.percent) for each in draw_funnel(row).steps] == [(2, None), (10, None), (5, 50), (5, 100)]
