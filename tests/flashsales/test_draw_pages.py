"""The draw on the pages of ops and resellers, on its public page, and for programs (SALE-25)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from flashsales.models import Draw, DrawEntry, SaleItem
from flashsales.rules import Shortfall
from flashsales.rules.check_draw import faults_of
from flashsales.selectors.offers import get_offers
from flashsales.services import ending, planning, publishing
from flashsales.services.draws import enter, hold_draws, set_draw
from forwarding.rules.wishes import shortfall_of
from forwarding.selectors.forwards import get_customer_page
from forwarding.services.forwards import create_forward
from forwarding.services.prices import set_retail_price
from kernel.clock import set_to
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.membership.test_api import Caller

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
OPENS = NOW + HOUR
CLOSES = OPENS + 30 * MINUTE
ENTERS = NOW + MINUTE


class Drawn:
    """A sale in preview with a style of two sizes, three units of one are drawn, and two resellers."""

    def __init__(self) -> None:
        self.market = Marketplace()
        scarce, other = (self.market.sku(units=3, style_no="SCARCE", size=size) for size in ("M", "L"))
        self.sale_id = planning.schedule(
            actor=self.market.ops,
            brand_id=self.market.brand_id,
            title="抽签专场",
            starts_at=OPENS,
            preview_at=NOW,
            now=NOW,
        ).id
        lines = [planning.PlannedUnits(sku, 3) for sku in (scarce, other)]
        planning.add_items(actor=self.market.ops, sale_id=self.sale_id, lines=lines, now=NOW)
        self.scarce, self.other = scarce, other
        self.resellers = [self.market.reseller() for _ in range(2)]

    def publish(self) -> "Drawn":
        set_draw(
            actor=self.market.ops, sale_id=self.sale_id, entry_minutes=30, order_minutes=60, codes=["SCARCE"], now=NOW
        )
        publishing.publish(actor=self.market.ops, sale_id=self.sale_id, now=NOW)
        self.item_id = item_of(self.sale_id, self.scarce)
        self.style_id = SaleItem.objects.get(pk=self.item_id).style_id
        return self


def client_of(actor: Actor) -> Client:
    client = Client(headers={"accept": "text/html"})
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def page_of(client: Client, address: str, at: datetime) -> str:
    with set_to(at):
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def post(daigou: Daigou, address: str, at: datetime, **fields: object) -> Any:
    with set_to(at):
        return client_of(daigou.actor).post(address, fields, follow=True)


def test_ops_set_a_draw_on_the_page_of_the_draft() -> None:
    drawn = Drawn()
    client, address = client_of(drawn.market.ops), f"/console/sales/{drawn.sale_id}/"
    fields = {"form_action": "draw", "draw-entry_minutes": "30", "draw-order_minutes": "60"}
    with set_to(NOW):
        refused = client.post(address, fields | {"draw-codes": "SCARCE，NONE"}).content.decode()
        assert "专场里没有这些款号或条码：NONE" in refused
        assert "SCARCE，NONE" in refused
        assert client.post(address, fields | {"draw-codes": "SCARCE"}).status_code == 302
    assert Draw.objects.get().entry_minutes == 30
    page = page_of(client, address, NOW)
    assert "开抢后 30 分钟截止报名，中签后 60 分钟内下单" in page
    assert "SCARCE</textarea>" in page


def test_publication_check_names_a_draw_that_leaves_no_time_to_enter() -> None:
    drawn = Drawn()
    client, address = client_of(drawn.market.ops), f"/console/sales/{drawn.sale_id}/"
    set_draw(actor=drawn.market.ops, sale_id=drawn.sale_id, entry_minutes=30, codes=["SCARCE"], now=NOW)
    assert "抽签报名从预告到截止至少要" not in page_of(client, address, NOW)
    assert "抽签报名从预告到截止至少要 10 分钟" in page_of(client, address, CLOSES - 5 * MINUTE)


def test_ops_see_entries_commitment_and_results() -> None:
    drawn = Drawn().publish()
    client, address = client_of(drawn.market.ops), f"/console/sales/{drawn.sale_id}/"
    first = enter(actor=drawn.resellers[0].actor, item_id=drawn.item_id, units=2, now=ENTERS)
    before = page_of(client, address, ENTERS)
    draw = Draw.objects.get()
    assert draw.commitment in before
    assert draw.seed not in before
    assert "报名中" in before
    assert drawn.resellers[0].actor.name in before
    assert "3 件，1 位报名" in before
    hold_draws(now=CLOSES)
    after = page_of(client, address, CLOSES)
    assert "已抽签" in after
    assert "为她留 2 件" in after
    assert str(first) in after


def test_reseller_enters_changes_and_leaves_on_the_page_of_the_style() -> None:
    drawn = Drawn().publish()
    daigou = drawn.resellers[0]
    style = f"/shop/sales/{drawn.sale_id}/styles/{drawn.style_id}/"
    draw = f"/shop/sales/{drawn.sale_id}/draw/"
    page = page_of(client_of(daigou.actor), style, ENTERS)
    assert page.count("报名抽签") == 2
    assert "共 3 件，0 位报名" in page
    answer = post(daigou, f"{draw}enter/", ENTERS, item=drawn.item_id, units="2", style=drawn.style_id)
    number = DrawEntry.objects.get().pk
    assert answer.redirect_chain[-1][0] == style
    assert f"您的抽签号是 {number}" in answer.content.decode()
    assert "已报名 2 件" in answer.content.decode()
    post(daigou, f"{draw}enter/", ENTERS, item=drawn.item_id, units="1")
    assert DrawEntry.objects.get().units == 1
    answer = post(daigou, f"{draw}{number}/leave/", ENTERS)
    assert answer.redirect_chain[-1][0] == draw
    assert "已退出抽签" in answer.content.decode()
    assert DrawEntry.objects.get().withdrawn_at == ENTERS
    refused = post(daigou, f"{draw}enter/", CLOSES, item=drawn.item_id, units="1")
    assert "不在报名时间" in refused.content.decode()
    assert DrawEntry.objects.count() == 1


def test_winner_sees_her_deadline_and_orders_and_the_loser_her_place() -> None:
    drawn = Drawn().publish()
    for each in drawn.resellers:
        enter(actor=each.actor, item_id=drawn.item_id, units=3, now=ENTERS)
    hold_draws(now=CLOSES)
    by_rank = {each.rank: each for each in DrawEntry.objects.all()}
    winner, loser = (next(each for each in drawn.resellers if each.id == by_rank[rank].reseller_id) for rank in (1, 2))
    draw = f"/shop/sales/{drawn.sale_id}/draw/"
    page = page_of(client_of(winner.actor), draw, CLOSES)
    assert "为您留了 3 件" in page
    assert f"?item={drawn.item_id}" in page
    style = page_of(client_of(winner.actor), f"/shop/sales/{drawn.sale_id}/styles/{drawn.style_id}/", CLOSES)
    assert "为您留 3" in style
    assert "候补第 2 名" in page_of(client_of(loser.actor), draw, CLOSES)
    assert "您中签了：SCARCE 黑 M 3 件，请在 60 分钟内下单" in page_of(client_of(winner.actor), "/shop/inbox/", CLOSES)
    assert "这次没有中签，您排第 2 位" in page_of(client_of(loser.actor), "/shop/inbox/", CLOSES)
    assert winner.grab(drawn.item_id, 3, now=CLOSES).units == 3
    assert "已下单 3 件" in page_of(client_of(winner.actor), draw, CLOSES)


def test_goods_that_are_drawn_are_marked_and_not_shown_as_sold_out() -> None:
    drawn = Drawn().publish()
    client = client_of(drawn.resellers[0].actor)
    sale = page_of(client, f"/shop/sales/{drawn.sale_id}/", OPENS)
    assert "有货要抽签" in sale
    assert "已抢光" not in sale
    style = page_of(client, f"/shop/sales/{drawn.sale_id}/styles/{drawn.style_id}/", OPENS)
    assert "看抽签" in style
    assert "等补货" not in style


def test_anybody_reads_what_is_published_and_runs_it_again() -> None:
    drawn = Drawn()
    client, address = Client(headers={"accept": "text/html"}), f"/draws/{drawn.sale_id}/"
    with set_to(NOW):
        assert client.get(address).status_code == 404
        assert client.get(f"{address}draw.json").status_code == 404
    drawn.publish()
    enter(actor=drawn.resellers[0].actor, item_id=drawn.item_id, units=2, now=ENTERS)
    draw = Draw.objects.get()
    before = page_of(client, address, ENTERS)
    assert draw.commitment in before
    assert draw.seed not in before
    hold_draws(now=CLOSES)
    after = page_of(client, address, CLOSES)
    assert draw.seed in after
    assert drawn.resellers[0].actor.name not in after
    with set_to(CLOSES):
        published = client.get(f"{address}draw.json").json()
        checker = client.get("/draws/check_draw.py")
    assert faults_of(published) == []
    assert published["entries"][0]["won_units"] == 2
    assert "def faults_of" in checker.content.decode()


def test_page_is_there_from_the_publication_on_and_names_goods_by_their_numbers() -> None:
    drawn, early = Drawn(), NOW - HOUR
    SaleItem.objects.filter(sale=drawn.sale_id, sku=drawn.other).delete()
    set_draw(actor=drawn.market.ops, sale_id=drawn.sale_id, entry_minutes=30, codes=["SCARCE"], now=early)
    publishing.publish(actor=drawn.market.ops, sale_id=drawn.sale_id, now=early)
    client, address = Client(headers={"accept": "text/html"}), f"/draws/{drawn.sale_id}/"
    page = page_of(client, address, early)
    assert Draw.objects.get().commitment in page
    assert "请现在就记下承诺值" in page
    assert "共 3 件，0 位报名" in page
    assert "SCARCE" not in page
    assert "抽签专场" not in page
    with set_to(early):
        file = client.get(f"{address}draw.json")
        sale = client_of(drawn.resellers[0].actor).get(f"/shop/sales/{drawn.sale_id}/draw/", follow=True)
    item_id = SaleItem.objects.get(sale=drawn.sale_id).pk
    assert (file.status_code, file.json()["goods"][0]["goods"], sale.status_code) == (200, f"#{item_id}", 404)
    shown = page_of(client, address, NOW)
    assert (f"商品号 {item_id}" in shown, "SCARCE" in shown, "抽签专场" in shown) == (True, False, False)
    own = page_of(client_of(drawn.resellers[0].actor), f"/shop/sales/{drawn.sale_id}/draw/", NOW)
    assert f"商品号 {item_id}" in own


def test_called_off_draw_says_so_to_who_entered_and_shows_its_seed_after_the_close() -> None:
    drawn = Drawn().publish()
    daigou = drawn.resellers[0]
    enter(actor=daigou.actor, item_id=drawn.item_id, units=2, now=ENTERS)
    assert "看抽签结果" not in page_of(client_of(daigou.actor), f"/shop/sales/{drawn.sale_id}/", CLOSES)
    ending.end_early(actor=drawn.market.ops, sale_id=drawn.sale_id, reason="提前", now=CLOSES)
    own = page_of(client_of(daigou.actor), f"/shop/sales/{drawn.sale_id}/draw/", CLOSES)
    assert "没有抽签" in own
    assert "已报名 2 件" not in own
    page = page_of(Client(headers={"accept": "text/html"}), f"/draws/{drawn.sale_id}/", CLOSES)
    assert Draw.objects.get().seed in page
    assert "没有按抽签给货" in page


def test_programs_set_enter_and_read_a_draw() -> None:
    drawn = Drawn()
    login = {each.own_id: Person.objects.get(pk=each.own_id).login for each in
             (drawn.market.ops, *(daigou.actor for daigou in drawn.resellers))}  # fmt: skip
    body = {"entry_minutes": 30, "order_minutes": 60, "codes": ["SCARCE"]}
    with set_to(NOW):
        ops = Caller(login[drawn.market.ops.own_id])
        reseller = Caller(login[drawn.resellers[0].actor.own_id])
        other = Caller(login[drawn.resellers[1].actor.own_id])
        refused = ops.put(f"sales/{drawn.sale_id}/draw", body | {"order_minutes": 1})
        assert (refused.status_code, refused.json()["code"]) == (422, "flashsales.invalid_draw")
        assert ops.put(f"sales/{drawn.sale_id}/draw", body).json()["state"] == "draft"
        assert reseller.get(f"sales/{drawn.sale_id}/draw").status_code == 404
        drawn.publish()
        entered = reseller.post("draw-entries", {"item_id": drawn.item_id, "units": 2})
        assert entered.status_code == 201
        number = entered.json()["number"]
        mine = reseller.get(f"sales/{drawn.sale_id}/draw/mine").json()
        assert [item["entry"] and item["entry"]["number"] for item in mine["items"]] in ([number, None], [None, number])
        assert other.delete(f"draw-entries/{number}").status_code == 404
        assert reseller.get(f"sales/{drawn.sale_id}/draw/results").status_code == 403
        assert [row["number"] for row in ops.get(f"sales/{drawn.sale_id}/draw/results").json()["results"]] == [number]
        assert reseller.delete(f"draw-entries/{number}").status_code == 204
        number = reseller.post("draw-entries", {"item_id": drawn.item_id, "units": 2}).json()["number"]
    hold_draws(now=CLOSES)
    with set_to(CLOSES):
        published = reseller.get(f"sales/{drawn.sale_id}/draw").json()
        late = reseller.post("draw-entries", {"item_id": drawn.item_id})
    assert [each["number"] for each in published["entries"]] == [number]
    assert faults_of(published) == []
    assert (late.status_code, late.json()["code"]) == (409, "flashsales.not_taking_entries")


def test_customers_see_drawn_goods_as_drawn_and_cannot_wait_for_them() -> None:
    drawn, price = Drawn().publish(), 300_00
    amy = drawn.resellers[0]
    set_retail_price(actor=amy.actor, sale_id=drawn.sale_id, style_id=drawn.style_id, price_fen=price, now=ENTERS)
    forward = create_forward(actor=amy.actor, sale_id=drawn.sale_id, style_id=drawn.style_id, now=ENTERS)
    client, address = Client(headers={"accept": "text/html"}), f"/f/{forward.token}/"
    page = page_of(client, address, OPENS)
    assert "这款要抽签" in page
    assert "售罄" not in page
    assert "到货告诉我" not in page
    view = get_customer_page(forward.token, at=OPENS)
    assert view.view.sold_out_ids(OPENS) == frozenset()
    assert [each.is_drawn for each in view.view.styles] == [True]
    offers = get_offers(item_ids=[drawn.item_id], tier=0, reseller_id=amy.id, at=OPENS)
    assert shortfall_of(offers[drawn.item_id], 1) == (0, Shortfall.DRAWN)
    hold_draws(now=CLOSES)
    assert "这款要抽签" not in page_of(client, address, CLOSES)
