"""From a shipped parcel to its signature, against the stand-in of kuaidi100 (TRACK-1, TRACK-2, TRACK-3, 4, 5, 6, 7, 8)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from events.models import Event
from integrity.selectors.checks import violations_of
from kernel.clock import set_to
from orders.models.shipping import Carrier, Parcel
from orders.rules.parcels import ParcelAttention
from orders.selectors.parcel_events import (
    NoSuchParcel,
    count_troubled_parcels,
    get_tracked_parcel,
    list_order_parcels,
    list_troubled_parcels,
)
from orders.services.parcel_tracking import ask_about_parcels, follow_parcels, receive_push
from orders.services.shipping import correct_parcel
from tests.builders import HOUR, NOW
from tests.tracking.kuaidi100_server import SALT, Kuaidi100, Row, md5, row
from tests.tracking.shipped import SF, YTO, ShippedOrder, browser
from tracking.models import TrackedWaybill, WaybillEvent
from tracking.rules import Monitoring, ParcelStatus, Report
from tracking.services.kuaidi100 import read_push

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
S = ParcelStatus

COLLECTED = row("2026-11-22 18:00:00", "103", "已揽收", "【杭州市】已揽收", "浙江,杭州市")
ARRIVED = row("2026-11-23 06:00:00", "1001", "到达派件城市", "【上海市】已到达", "上海,上海市")
DELIVERING = row("2026-11-23 09:00:00", "5", "派件", "派件员薛兵，电话18740476340，正在派件")
FAILED = row("2026-11-23 12:00:00", "206", "无法联系", "联系不上收件人")
SIGNED = row("2026-11-23 17:30:00", "301", "本人签收", "已签收，签收人：王小美")
WALK = [COLLECTED, ARRIVED, DELIVERING, FAILED, SIGNED]


def post(form: dict[str, str], **more: Any) -> Any:
    return Client().post(
        "/tracking/kuaidi100/", urlencode(form), content_type="application/x-www-form-urlencoded", **more
    )


def push(service: Kuaidi100, rows: list[Row], number: str = YTO, **options: Any) -> Any:
    with set_to(NOW + 2 * DAY):
        return post(service.push_form(number, rows, **options))


def ask(at: datetime = NOW) -> int:
    return ask_about_parcels(clock=lambda: at)


def followed() -> ShippedOrder:
    order = ShippedOrder()
    assert follow_parcels(now=NOW) == 1
    return order


def status() -> ParcelStatus:
    return ParcelStatus(Parcel.objects.get().status)


def test_without_an_account_nothing_is_followed_asked_or_taken(settings: Settings) -> None:
    ShippedOrder()
    assert settings.KUAIDI100_CUSTOMER == ""
    assert follow_parcels(now=NOW) == 0
    assert ask() == 0
    assert TrackedWaybill.objects.count() == 0
    assert post({"param": "{}", "sign": "0" * 32}).status_code == 404


def test_a_parcel_walks_from_subscription_to_signature(kuaidi100: Kuaidi100) -> None:
    order = followed()
    assert ask() == 1
    assert kuaidi100.subscriptions[YTO]["parameters"] == {
        "callbackurl": "https://weicang.example/tracking/kuaidi100/",
        "salt": "salt-0123456789-abcdef",
        "resultv2": "4",
    }
    assert ask() == 0
    statuses = []
    for count in range(1, 6):
        answer = push(kuaidi100, WALK[:count])
        assert (answer.status_code, answer.json()) == (200, {"result": True, "returnCode": "200", "message": "成功"})
        statuses.append(status())
    assert statuses == [S.IN_TRANSIT, S.IN_TRANSIT, S.DELIVERING, S.PROBLEM, S.DELIVERED]
    [parcel] = list_order_parcels(order.order_id, reseller_id=order.daigou.id)
    assert parcel.status_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert [(each.at, each.text, each.place, each.status) for each in parcel.events][:3] == [
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), "已签收，签收人：王*", "", S.DELIVERED),
        (datetime(2026, 11, 23, 4, 0, tzinfo=UTC), "联系不上收件人", "", S.PROBLEM),
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), "派件员薛兵，电话187****6340，正在派件", "", S.DELIVERING),
    ]
    waybill = TrackedWaybill.objects.get()
    assert (waybill.watch, waybill.next_attempt_at, waybill.phone_tail) == ("ended", None, "")
    told = list(
        Event.objects.filter(kind__startswith="parcel").order_by("pk").values("kind", "for_reseller", "for_brand")
    )
    assert told == [
        {"kind": "parcel_problem", "for_reseller": True, "for_brand": True},
        {"kind": "parcel_signed", "for_reseller": True, "for_brand": False},
    ]
    problem = Event.objects.get(kind="parcel_problem")
    assert (problem.data["problem_zh"], problem.data["tracking_no"]) == ("联系不上收件人", YTO)
    assert violations_of("orders") == []


def test_pushes_in_any_order_and_twice_end_the_same(kuaidi100: Kuaidi100) -> None:
    followed()
    for order in permutations([WALK[:2], WALK[:4], WALK]):
        with transaction.atomic():
            for rows in (*order, *order):
                assert push(kuaidi100, rows).status_code == 200
            assert status() is S.DELIVERED
            assert WaybillEvent.objects.count() == 5
            assert Event.objects.filter(kind="parcel_signed").count() == 1
            transaction.set_rollback(True)


def test_an_older_push_after_a_newer_one_tells_nobody(kuaidi100: Kuaidi100) -> None:
    followed()
    push(kuaidi100, WALK)
    push(kuaidi100, [FAILED, row("2026-11-23 13:00:00", "203", "拒收", "拒收")])
    assert status() is S.DELIVERED
    assert Event.objects.filter(kind="parcel_problem").count() == 0


def test_a_push_costs_the_same_statements_whatever_it_holds(kuaidi100: Kuaidi100) -> None:
    followed()
    counts = []
    for rows in (
        WALK[:1],
        [row(f"2026-11-23 0{n // 60}:{n % 60:02}:00", "0", "在途", f"第 {n} 站") for n in range(200)],
    ):
        with CaptureQueriesContext(connection) as captured:
            push(kuaidi100, rows)
        counts.append(len(captured))
    assert WaybillEvent.objects.count() == 201
    assert counts[0] >= counts[1]
    assert counts[0] <= 14


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda form: form | {"sign": "0" * 32}, 403),
        (lambda form: form | {"sign": ""}, 403),
        (lambda form: {"param": form["param"]}, 403),
        (lambda form: form | {"param": form["param"] + " "}, 403),
        (lambda form: form | {"param": form["param"] + " " * 70_000}, 400),
    ],
)
def test_a_push_that_is_not_signed_is_refused_before_the_database(kuaidi100: Kuaidi100, spoil: Any, code: int) -> None:
    followed()
    form = spoil(kuaidi100.push_form(YTO, WALK))
    with CaptureQueriesContext(connection) as captured:
        answer = post(form)
    assert (answer.status_code, answer.json()["result"]) == (code, False)
    assert len(captured) == 0
    assert (status(), WaybillEvent.objects.count()) == (S.SHIPPED, 0)


def test_a_push_that_cannot_be_read_or_is_no_form_is_refused(kuaidi100: Kuaidi100) -> None:
    param = '{"status": "polling"}'
    signed = {"param": param, "sign": md5(param + SALT)}
    assert post(signed).status_code == 400
    assert Client().post("/tracking/kuaidi100/", signed).status_code == 400
    assert Client().get("/tracking/kuaidi100/").status_code in (302, 405)


def test_a_push_of_a_number_that_is_not_ours_is_taken_and_changes_nothing(kuaidi100: Kuaidi100) -> None:
    followed()
    assert push(kuaidi100, WALK, number="YT9999999999999").json()["result"] is True
    assert push(kuaidi100, WALK, company="shentong").json()["result"] is True
    assert (status(), WaybillEvent.objects.count()) == (S.SHIPPED, 0)


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800", "9" * 5000])
@pytest.mark.parametrize(
    "sent", [{"number": "ODD"}, {"company": "ODD", "number": YTO}, {"comOld": "ODD", "number": YTO}]
)
def test_a_push_with_characters_that_no_number_has_changes_no_other(
    kuaidi100: Kuaidi100, sent: dict[str, str], odd: str
) -> None:
    followed()
    param = kuaidi100.push_form(rows=WALK, **({"company": "shentong"} | sent))["param"].replace("ODD", f"YT{odd}")
    assert post({"param": param, "sign": md5(param + SALT)}).json()["result"] is True
    assert (status(), WaybillEvent.objects.count()) == (S.SHIPPED, 0)


def test_a_push_with_a_corrected_company_is_of_the_waybill(kuaidi100: Kuaidi100) -> None:
    followed()
    push(kuaidi100, WALK[:1], company="yunda", autoCheck="1", comOld="yuantong", comNew="yunda")
    assert status() is S.IN_TRANSIT


def test_given_up_is_subscribed_again_a_day_later(kuaidi100: Kuaidi100) -> None:
    followed()
    ask()
    push(kuaidi100, [], status="abort")
    kuaidi100.forget()
    assert ask(NOW + 2 * DAY) == 0
    assert ask(NOW + 3 * DAY) == 1
    assert list(kuaidi100.subscriptions) == [YTO]


def test_parcels_of_one_waybill_share_its_events(kuaidi100: Kuaidi100) -> None:
    order = ShippedOrder()
    again = order.order(order.daigou.recipient_id)
    order.ship(again, "圆通", YTO)
    assert follow_parcels(now=NOW) == 2
    assert TrackedWaybill.objects.count() == 1
    push(kuaidi100, WALK)
    assert set(Parcel.objects.values_list("status", flat=True)) == {"delivered"}
    assert Event.objects.filter(kind="parcel_signed").count() == 2
    later = order.order(order.daigou.recipient_id)
    order.ship(later, "圆通", YTO)
    assert follow_parcels(now=NOW) == 1
    assert set(Parcel.objects.values_list("status", flat=True)) == {"delivered"}
    assert violations_of("orders") == []


def test_a_corrected_number_is_followed_anew(kuaidi100: Kuaidi100) -> None:
    order = followed()
    push(kuaidi100, WALK)
    correct_parcel(
        actor=order.market.clerk, parcel_id=order.parcel_id, carrier="圆通", tracking_no="YT0000000000001", now=NOW
    )
    assert (status(), get_tracked_parcel(order.parcel_id).events) == (S.SHIPPED, [])
    assert follow_parcels(now=NOW) == 1
    assert ask() == 1
    assert list(kuaidi100.subscriptions) == ["YT0000000000001"]
    push(kuaidi100, WALK)
    assert status() is S.SHIPPED


def test_a_number_that_is_given_out_again_is_another_waybill(kuaidi100: Kuaidi100) -> None:
    order = followed()
    push(kuaidi100, WALK)
    later = NOW + timedelta(days=91)
    again = order.order(order.daigou.recipient_id)
    second = order.ship(again, "圆通", YTO, later)
    assert follow_parcels(now=later) == 1
    assert TrackedWaybill.objects.count() == 2
    assert get_tracked_parcel(second).status is S.SHIPPED
    assert get_tracked_parcel(order.parcel_id).status is S.DELIVERED
    with set_to(later + DAY):
        old_and_new = [*WALK, row("2027-02-21 20:00:00", "103", "已揽收", "再次揽收")]
        assert post(kuaidi100.push_form(YTO, old_and_new)).status_code == 200
    assert [each.text for each in get_tracked_parcel(second).events] == ["再次揽收"]
    assert get_tracked_parcel(second).status is S.IN_TRANSIT


def test_only_carriers_that_ask_for_it_are_told_the_phone(kuaidi100: Kuaidi100) -> None:
    order = ShippedOrder(carrier="顺丰", number=SF)
    other = order.order(order.daigou.recipient_id)
    order.ship(other, "圆通", YTO)
    follow_parcels(now=NOW)
    assert ask() == 2
    assert kuaidi100.subscriptions[SF]["parameters"]["phone"] == "8000"
    assert "phone" not in kuaidi100.subscriptions[YTO]["parameters"]
    assert sorted(TrackedWaybill.objects.values_list("phone_tail", flat=True)) == ["", "8000"]


def test_a_carrier_without_a_code_or_a_parcel_of_long_ago_is_not_followed(kuaidi100: Kuaidi100) -> None:
    ShippedOrder()
    assert follow_parcels(now=NOW + timedelta(days=30)) == 0
    Carrier.objects.update(kuaidi100_code="")
    assert follow_parcels(now=NOW) == 0


def test_a_silent_waybill_is_asked_for_less_and_less_and_not_for_ever(kuaidi100: Kuaidi100) -> None:
    followed()
    ask()
    asked_after = [hour for hour in range(0, 31 * 24, 12) if ask(NOW + timedelta(hours=hour, minutes=1))]
    assert asked_after[:4] == [24, 36, 60, 84]
    assert len(asked_after) <= 31
    assert TrackedWaybill.objects.get().watch == "ended"
    assert ask(NOW + timedelta(days=60)) == 0


def test_a_query_brings_what_was_not_pushed(kuaidi100: Kuaidi100) -> None:
    followed()
    ask()
    kuaidi100.rows[YTO] = WALK[:3]
    assert ask(NOW + DAY) == 1
    assert status() is S.DELIVERING
    kuaidi100.rows[YTO] = WALK
    assert ask(NOW + DAY + timedelta(hours=5)) == 0
    assert ask(NOW + DAY + timedelta(hours=6)) == 1
    assert status() is S.DELIVERED
    assert ask(NOW + 20 * DAY) == 0


def test_without_a_callback_waybills_are_asked_for(kuaidi100: Kuaidi100, settings: Settings) -> None:
    settings.KUAIDI100_CALLBACK = settings.KUAIDI100_SALT = ""
    followed()
    assert ask() == 0
    kuaidi100.rows[YTO] = WALK
    assert ask(NOW + 2 * DAY) == 1
    assert (status(), kuaidi100.subscriptions) == (S.DELIVERED, {})
    assert post(kuaidi100.push_form(YTO, WALK)).status_code == 404


def test_faults_are_tried_again_later_and_end_a_run(kuaidi100: Kuaidi100) -> None:
    order = followed()
    for n in range(5):
        order.ship(order.order(order.daigou.recipient_id), "圆通", f"YT000000000000{n}")
    follow_parcels(now=NOW)
    kuaidi100.faults = ["500", "garbage", "busy"]
    assert ask() == 3
    assert TrackedWaybill.objects.filter(watch="waiting").count() == 6
    # What the run did not come to is free again when its lease has run out, what failed a little earlier.
    assert ask(NOW + timedelta(minutes=6)) == 3
    assert ask(NOW + timedelta(minutes=11)) == 3
    assert len(kuaidi100.subscriptions) == 6


def test_a_refused_account_ends_the_run_and_loses_nothing(kuaidi100: Kuaidi100, settings: Settings) -> None:
    order = followed()
    order.ship(order.order(order.daigou.recipient_id), "圆通", "YT0000000000001")
    follow_parcels(now=NOW)
    settings.KUAIDI100_KEY = "expired"
    assert ask() == 1
    settings.KUAIDI100_KEY = "key-0123456789"
    assert ask(NOW + HOUR) == 2


def test_a_company_that_cannot_be_subscribed_is_asked_for(kuaidi100: Kuaidi100) -> None:
    Carrier.objects.filter(kuaidi100_code="yuantong").update(kuaidi100_code="rareexpress")
    followed()
    assert ask() == 1
    kuaidi100.rows[YTO] = WALK
    assert ask(NOW + 2 * DAY) == 1
    assert status() is S.DELIVERED


def test_troubled_parcels_are_listed_and_counted(kuaidi100: Kuaidi100) -> None:
    order = followed()
    at = NOW + timedelta(hours=48)
    assert count_troubled_parcels(at=at - timedelta(seconds=1)) == {
        ParcelAttention.PROBLEM: 0,
        ParcelAttention.STILL: 0,
    }
    [still] = list_troubled_parcels(ParcelAttention.STILL, at=at).items
    assert (still.id, still.tracking_no, still.problem_zh) == (order.parcel_id, YTO, "")
    push(kuaidi100, WALK[:4])
    assert count_troubled_parcels(at=at) == {ParcelAttention.PROBLEM: 1, ParcelAttention.STILL: 0}
    [problem] = list_troubled_parcels(ParcelAttention.PROBLEM, at=at, brand_id=order.market.brand_id).items
    assert (problem.problem_zh, problem.problem_en) == ("联系不上收件人", "the recipient cannot be reached")
    assert list_troubled_parcels(ParcelAttention.PROBLEM, at=at, brand_id=order.market.brand()).items == []
    push(kuaidi100, WALK)
    assert count_troubled_parcels(at=at) == {ParcelAttention.PROBLEM: 0, ParcelAttention.STILL: 0}


def test_pages_show_what_the_carrier_reported(kuaidi100: Kuaidi100) -> None:
    order = followed()
    push(kuaidi100, WALK[:4])
    with set_to(NOW + 2 * DAY):
        shop = browser(order.daigou.actor).get(f"/shop/orders/{order.order_id}/").content.decode()
        portal = browser(order.market.clerk).get("/portal/shipping/?state=shipped").content.decode()
        console = browser(order.market.ops)
        pages = [shop, portal, console.get(f"/console/orders/{order.order_id}/").content.decode()]
        troubled = console.get("/console/parcels/").content.decode()
        home = console.get("/console/").content.decode()
    assert all("联系不上收件人" in page and "187****6340" in page and "18740476340" not in page for page in pages)
    assert all("物流异常" in page for page in pages)
    assert "联系不上收件人" in troubled
    assert "快递报告异常或退回" in home


def test_api_gives_parcels_to_those_whom_they_concern(kuaidi100: Kuaidi100) -> None:
    order = followed()
    push(kuaidi100, WALK)
    own = browser(order.daigou.actor).get(f"/api/v1/orders/{order.order_id}/parcels").json()
    assert [(each["status"], len(each["events"])) for each in own] == [("delivered", 5)]
    assert browser(order.market.clerk).get(f"/api/v1/parcels/{order.parcel_id}").json()["events"][0] == {
        "at": "2026-11-23T09:30:00Z",
        "text": "已签收，签收人：王*",
        "place": "",
        "status": "delivered",
    }
    stranger = order.market.reseller()
    assert browser(stranger.actor).get(f"/api/v1/orders/{order.order_id}/parcels").status_code == 404
    assert browser(stranger.actor).get(f"/api/v1/parcels/{order.parcel_id}").status_code == 404
    other_clerk = order.market.new_clerk(order.market.brand())
    assert browser(other_clerk).get(f"/api/v1/parcels/{order.parcel_id}").status_code == 404
    with pytest.raises(NoSuchParcel):
        get_tracked_parcel(0)
    assert browser(order.market.ops).get("/api/v1/parcels/troubled?kind=still").json() == {
        "items": [],
        "next_cursor": None,
    }


def test_receive_push_of_an_erased_waybill_adds_nothing(kuaidi100: Kuaidi100) -> None:
    followed()
    TrackedWaybill.objects.update(watch="ended", next_attempt_at=None, phone_tail="", erased_at=NOW)
    report = read_push(kuaidi100.push_form(YTO, WALK)["param"])
    assert report == Report(("yuantong",), YTO, report.events, Monitoring.GOES_ON)
    assert receive_push(report=report, now=NOW + 2 * DAY) is True
    assert (status(), WaybillEvent.objects.count()) == (S.SHIPPED, 0)


def test_follow_parcels_takes_many_with_the_same_statements(kuaidi100: Kuaidi100) -> None:
    order = ShippedOrder()
    with CaptureQueriesContext(connection) as one:
        follow_parcels(now=NOW)
    for n in range(8):
        order.ship(order.order(order.daigou.recipient_id), "圆通", f"YT000000000000{n}")
    with CaptureQueriesContext(connection) as many:
        assert follow_parcels(now=NOW) == 8
    assert len(many) == len(one)
