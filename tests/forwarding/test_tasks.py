"""What waits for a reseller, the first steps of a new one, and a tier that was reached (FORWARD-23, FORWARD-24, FORWARD-25)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from aftersales.rules import CaseReason
from aftersales.selectors.fault_reports import count_open_fault_reports
from aftersales.services import cases, refunds
from flashsales.models import Sale
from flashsales.services.waiting_list import WaitingLine, ask_for
from forwarding.models import Wish
from forwarding.rules.tasks import SHORT_FOR, Step
from forwarding.rules.wishes import PickedUnits
from forwarding.selectors.tasks import get_task_counts, list_cheaper_styles
from forwarding.selectors.wishes import count_new_wishes
from forwarding.services import forwards, prices, wishes
from inventory.models import Sku
from membership.models import Notice
from membership.rules.tiers import MILLI
from membership.services.adjustments import adjust_growth
from orders.models.shipping import Consignment
from orders.services.grab import cancel_unpaid
from orders.services.shipping import ship
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


class Day:
    """A reseller with one of each thing that waits for her, two hours after NOW; her unpaid order is younger."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.sku = self.market.sku(units=60, base_price_fen=100_00)
        self.sale = self.market.sale(self.sku)
        self.item = item_of(self.sale, self.sku)
        self.style = Sku.objects.get(pk=self.sku).style_id
        self.amy = self.market.reseller(wallet_fen=2000_00)
        self.at = NOW + 2 * HOUR

    def wish(self) -> None:
        prices.set_retail_price(actor=self.amy.actor, sale_id=self.sale, style_id=self.style, price_fen=300_00, now=NOW)
        token = forwards.create_forward(actor=self.amy.actor, sale_id=self.sale, style_id=self.style, now=NOW).token
        for number in range(3):
            wishes.create_wish(
                token=token, lines=[PickedUnits(self.item, 1)], fields=wishes.WishFields("王小姐"), visitor="v",
                network="", key=f"k{number}", now=NOW,
            )  # fmt: skip
        first, second, _ = [wish.id for wish in wishes_of(self.amy)]
        order = self.amy.grab(self.item, 1, now=NOW)
        wishes.link_order(actor=self.amy.actor, wish_id=first, order_id=order.id, now=NOW)
        cancel_unpaid(actor=self.amy.actor, order_id=order.id, now=NOW)
        order = self.market.paid_order(self.amy, self.item)
        wishes.link_order(actor=self.amy.actor, wish_id=second, order_id=order.id, now=NOW)

    def short(self) -> None:
        order = self.market.paid_order(self.amy, self.item, 2)
        refunds.report_out_of_stock(
            actor=self.market.clerk, line_id=order.lines[0].id, units=1, note="", key="short", now=NOW
        )

    def to_send_back(self) -> None:
        order = self.market.paid_order(self.amy, self.item, 2)
        parcel = Consignment.objects.get(order=order.id)
        ship(actor=self.market.clerk, consignment_id=parcel.pk, carrier="顺丰", tracking_no="SF777001", now=NOW)
        case = cases.open_case(
            actor=self.amy.actor, line_id=order.lines[0].id, units=1, reason=CaseReason.FAULTY, evidence="x", key="c",
            now=NOW,
        )  # fmt: skip
        cases.approve(actor=self.market.ops, case_id=case.id, return_address="退货组", now=NOW)

    def reserved(self) -> None:
        sku = self.market.sku(units=1, base_price_fen=100_00)
        item = item_of(self.market.sale(sku), sku)
        other = self.market.reseller()
        order = other.grab(item, 1, now=self.at - MINUTE)
        ask_for(actor=self.amy.actor, lines=[WaitingLine(item, 1)], now=self.at - MINUTE)
        cancel_unpaid(actor=other.actor, order_id=order.id, now=self.at - MINUTE)

    def all(self) -> "Day":
        self.wish()
        self.short()
        self.to_send_back()
        self.reserved()
        self.amy.grab(self.item, 3, now=self.at - MINUTE)
        return self


def wishes_of(daigou: Daigou) -> list[Wish]:
    return list(Wish.objects.filter(reseller_id=daigou.id).order_by("pk"))


def test_all_that_waits_is_counted_in_one_statement() -> None:
    day = Day().all()
    with CaptureQueriesContext(connection) as captured:
        counts = get_task_counts(day.amy.id, at=day.at)
    assert len(captured) == 1
    assert (counts.wishes, counts.unpaid_orders, counts.unpaid_units) == (2, 1, 3)
    assert counts.wishes == count_new_wishes(day.amy.id, at=NOW)
    assert counts.pay_before == day.at + 14 * MINUTE
    assert (counts.reserved_units, counts.reserved_until) == (1, day.at + 14 * MINUTE)
    assert (counts.short_lines, counts.substitutes, counts.cases_to_send) == (1, 0, 1)
    assert (counts.fault_reports, counts.own) == (count_open_fault_reports(day.amy.id), 2)
    assert (counts.late_orders, counts.orders, counts.any) == (0, 2, True)
    assert counts.steps == []


def test_time_alone_makes_orders_late_and_takes_from_the_list_what_has_run_out() -> None:
    day = Day().all()
    later = get_task_counts(day.amy.id, at=NOW + 25 * HOUR)
    # The paid order of the wish, and the one of which one unit was short.
    assert (later.late_orders, later.unpaid_orders, later.reserved_units) == (2, 0, 0)
    assert get_task_counts(day.amy.id, at=NOW + SHORT_FOR).short_lines == 0


def test_nothing_of_another_reseller_is_counted() -> None:
    day = Day().all()
    other = get_task_counts(day.market.reseller().id, at=day.at)
    assert (other.any, other.orders, other.pay_before) == (False, 0, None)
    assert other.steps == [(Step.TOP_UP, False), (Step.PRICE, False), (Step.FORWARD, False)]


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    made = Day()
    monkeypatch.setattr("kernel.clock.now", lambda: made.at)
    return made


def client_of(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_home_and_its_own_page_list_what_is_to_be_done_and_the_tab_bar_counts_it(day: Day) -> None:
    client = client_of(day.all().amy)
    for address in ("/shop/", "/shop/today/"):
        body = page(client, address)
        for words in ("等的货到了", "待付款", "顾客心愿待处理", "缺货已退款，告诉顾客一声", "退货待寄回"):
            assert words in body
        assert "过了 24 小时" not in body
        assert "三步开张" not in body
    tabs = page(client, "/shop/vip/").split('class="shop-tabs"')[1]
    assert [part.split("<")[0] for part in tabs.split('<span class="tag hot ml-auto">')[1:]][:3] == ["1", "3", "2"]


def test_a_new_reseller_is_led_by_three_steps_until_she_has_done_them(day: Day) -> None:
    new = day.market.reseller()
    client = client_of(new)
    body = page(client, "/shop/")
    assert body.count("三步开张") == 1
    assert "已完成" not in body
    assert "都办完了" in page(client, "/shop/today/")
    day.market.top_up(new, 100_00)
    assert page(client, "/shop/").count("已完成") == 1
    prices.set_retail_price(actor=new.actor, sale_id=day.sale, style_id=day.style, price_fen=300_00, now=day.at)
    assert page(client, "/shop/").count("已完成") == 2
    forwards.create_forward(actor=new.actor, sale_id=day.sale, style_id=day.style, now=day.at)
    assert "三步开张" not in page(client, "/shop/")


CELEBRATING = ("/shop/", "/shop/vip/", "/shop/cart/", "/shop/wishes/")


def test_a_reached_tier_is_celebrated_with_what_is_cheaper_until_it_is_read(day: Day) -> None:
    client = client_of(day.amy)
    prices.set_retail_price(actor=day.amy.actor, sale_id=day.sale, style_id=day.style, price_fen=300_00, now=NOW)
    assert "reached-tier" not in page(client, "/shop/orders/")
    adjust_growth(actor=day.market.ops, reseller_id=day.amy.id, milli=60 * MILLI, reason="迁入", key="up", now=day.at)
    assert Notice.objects.get(reseller_id=day.amy.id).kind == "upgraded"
    body = page(client, "/shop/orders/")
    assert "恭喜成为 VIP1" in body
    assert "您标过价的 1 款拿货价都降了" in body
    assert page(client, "/shop/vip/").count("恭喜") == 1
    shown = {each: page(client, each).split('id="reached-tier"')[1].split("<summary")[0] for each in CELEBRATING}
    assert {each for each, part in shown.items() if "open" in part} == {"/shop/", "/shop/vip/"}
    answer = client.post("/shop/vip/notices/", {"next": "/shop/orders/"}, follow=True)
    assert answer.redirect_chain == [("/shop/orders/", 302)]
    assert "reached-tier" not in answer.content.decode()
    assert client.post("/shop/vip/notices/", {"next": "https://elsewhere.example/"}).headers["Location"] == "/shop/vip/"


def test_a_reached_tier_makes_nothing_cheaper_in_a_sale_that_opens_later_for_it(day: Day) -> None:
    prices.set_retail_price(actor=day.amy.actor, sale_id=day.sale, style_id=day.style, price_fen=300_00, now=NOW)

    def cheaper(minutes: int) -> list[int]:
        found = list_cheaper_styles(day.amy.id, tier_before=0, tier_after=1, at=NOW + minutes * MINUTE)
        return [each.style_id for each in found]

    assert cheaper(0) == [day.style]
    Sale.objects.filter(pk=day.sale).update(opening_delays=[60, 30, 0, 0, 0, 0])
    assert [cheaper(minutes) for minutes in (0, 29, 30)] == [[], [], [day.style]]


def test_pages_of_the_shop_take_one_statement_more_for_all_their_counts(day: Day) -> None:
    """Before, each counted the unpaid orders; now one statement counts all tasks and one the inbox."""
    client = client_of(day.amy)
    page(client, "/shop/recipients/")
    with CaptureQueriesContext(connection) as few:
        page(client, "/shop/recipients/")
    day.all()
    with CaptureQueriesContext(connection) as many:
        page(client, "/shop/recipients/")
    assert len(many) == len(few)
    counting = [each["sql"] for each in few if "cases_to_send" in each["sql"] or "events_event" in each["sql"]]
    assert len(counting) == 2
