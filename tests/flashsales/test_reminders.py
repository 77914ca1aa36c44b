"""Reminders of sales in preview (SALE-10)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import NotAllowed
from accounts.services.tokens import issue_token
from config.inboxes import inbox_of
from events.models import Event
from events.selectors import list_events
from flashsales.models import SaleReminder
from flashsales.selectors.sales import NoSuchSale, has_reminder
from flashsales.services import ending, planning, publishing
from flashsales.services.openings import REMINDED_BEFORE, announce_openings, remind_of_openings
from flashsales.services.reminders import NotInPreview, ask_reminder, withdraw_reminder
from kernel import clock
from tests.builders import HOUR, NOW, Marketplace

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
STARTS = NOW + HOUR


def preview(market: Marketplace) -> int:
    """A sale in preview from NOW on that opens an hour later."""
    sku = market.sku()
    sale = planning.schedule(
        actor=market.ops, brand_id=market.brand_id, title="冬季尾货专场", starts_at=STARTS, preview_at=NOW, now=NOW
    )
    lines = [planning.PlannedUnits(sku, 10, None)]
    planning.add_items(actor=market.ops, sale_id=sale.id, lines=lines, now=NOW)
    publishing.publish(actor=market.ops, sale_id=sale.id, now=NOW)
    return sale.id


def test_whoever_asked_is_told_once_before_the_opening_and_nobody_else() -> None:
    market = Marketplace()
    sale_id = preview(market)
    amy, bea = market.reseller(), market.reseller()
    for _ in range(2):
        ask_reminder(actor=amy.actor, sale_id=sale_id, now=NOW)
    assert SaleReminder.objects.count() == 1
    assert remind_of_openings(now=STARTS - REMINDED_BEFORE - SECOND) == 0
    assert remind_of_openings(now=STARTS - REMINDED_BEFORE + SECOND) == 1
    assert remind_of_openings(now=STARTS - SECOND) == 0
    assert remind_of_openings(now=STARTS) == 0
    [event] = list_events(inbox_of(amy.actor)).items
    assert (event.zh, event.data["sale_id"]) == ("您要提醒的专场「冬季尾货专场」5 分钟后开售", sale_id)
    assert list_events(inbox_of(bea.actor)).items == []
    assert announce_openings(now=STARTS) == 1


def test_a_reminder_that_was_taken_back_or_whose_sale_was_cancelled_is_not_told() -> None:
    market = Marketplace()
    first, second = (preview(market) for _ in range(2))
    amy = market.reseller()
    for sale_id in (first, second):
        ask_reminder(actor=amy.actor, sale_id=sale_id, now=NOW)
    withdraw_reminder(actor=amy.actor, sale_id=first, now=NOW)
    withdraw_reminder(actor=amy.actor, sale_id=first, now=NOW + HOUR)
    assert SaleReminder.objects.get(sale=first).withdrawn_at == NOW
    ending.cancel(actor=market.ops, sale_id=second, reason="品牌要求", now=NOW)
    assert remind_of_openings(now=STARTS - SECOND) == 0
    assert Event.objects.count() == 0


def test_a_reminder_that_was_asked_again_counts() -> None:
    market = Marketplace()
    sale_id = preview(market)
    amy = market.reseller()
    ask_reminder(actor=amy.actor, sale_id=sale_id, now=NOW)
    withdraw_reminder(actor=amy.actor, sale_id=sale_id, now=NOW)
    assert not has_reminder(sale_id=sale_id, reseller_id=amy.id)
    ask_reminder(actor=amy.actor, sale_id=sale_id, now=NOW)
    assert has_reminder(sale_id=sale_id, reseller_id=amy.id)
    assert remind_of_openings(now=STARTS - SECOND) == 1


def test_only_a_sale_in_preview_is_reminded_of() -> None:
    market = Marketplace()
    live, draft = market.sale(market.sku()), market.draft(market.sku(), starts_at=STARTS)
    amy = market.reseller()
    with pytest.raises(NotInPreview):
        ask_reminder(actor=amy.actor, sale_id=live, now=NOW)
    for sale_id in (draft, 999_999):
        with pytest.raises(NoSuchSale):
            ask_reminder(actor=amy.actor, sale_id=sale_id, now=NOW)
    with pytest.raises(NotAllowed):
        ask_reminder(actor=market.clerk, sale_id=live, now=NOW)
    assert SaleReminder.objects.count() == 0


def test_the_page_of_a_preview_sets_and_takes_back_a_reminder(client: Client) -> None:
    market = Marketplace()
    sale_id = preview(market)
    amy = market.reseller()
    client.force_login(Person.objects.get(pk=amy.actor.own_id))
    with clock.set_to(NOW):
        page = f"/shop/sales/{sale_id}/"
        assert "开售前提醒我" in client.get(page).content.decode()
        client.post(f"{page}reminder/")
        assert "已设开售提醒" in client.get(page).content.decode()
        client.post(f"{page}reminder/", {"withdraw": "1"})
        assert "开售前提醒我" in client.get(page).content.decode()
    with clock.set_to(STARTS):
        answer = client.post(f"{page}reminder/", follow=True)
        assert "不用再提醒" in answer.content.decode()
    assert not has_reminder(sale_id=sale_id, reseller_id=amy.id)


def test_the_api_sets_and_takes_back_a_reminder(client: Client) -> None:
    market = Marketplace()
    sale_id = preview(market)
    amy = market.reseller()
    headers = {"Authorization": f"Bearer {issue_token(actor=amy.actor, label='t', now=NOW)}"}
    with clock.set_to(NOW):
        assert client.put(f"/api/v1/sales/{sale_id}/reminder", headers=headers).status_code in (200, 204)
        assert has_reminder(sale_id=sale_id, reseller_id=amy.id)
        assert client.delete(f"/api/v1/sales/{sale_id}/reminder", headers=headers).status_code in (200, 204)
    assert not has_reminder(sale_id=sale_id, reseller_id=amy.id)
    with clock.set_to(STARTS):
        answer = client.put(f"/api/v1/sales/{sale_id}/reminder", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "flashsales.not_in_preview")
