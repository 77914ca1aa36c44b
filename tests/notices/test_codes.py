"""Who can use one-time codes as somebody is told to her (NOTICE-12)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from accounts.services import code_resets, one_time_codes
from config.inboxes import inbox_of
from events.models import Event
from events.selectors import list_events
from notices.models import Notice
from notices.rules import Channel, Topic
from notices.services.codes import LOOKS_BACK, tell_of_code_changes
from tests.builders import HOUR, NOW, Marketplace
from tests.notices.people import has_address, wants
from tests.one_time_codes import one_time_code
from tests.outbox import write_notices
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True, serialized_rollback=True)
"""The outbox tells of nothing that the transaction of a test itself could still precede."""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def everybody_wants_to_hear(market: Marketplace) -> None:
    """Of her own codes by mail; the outbox is read up to here."""
    for actor in (market.ops, market.money.first, market.money.second):
        wants(actor, (Topic.CODES, Channel.MAIL))
        has_address(actor, Channel.MAIL, f"p{actor.own_id}@example.com")
    while write_notices(now=NOW):
        pass


def reset(market: Marketplace) -> None:
    one_time_code(market.money.second, now=NOW)
    asked = code_resets.request_reset(
        actor=market.money.first, person_id=market.money.second.own_id, reason="手机丢了", now=NOW
    )
    code_resets.approve_reset(actor=market.ops, reset_id=asked.id, now=NOW + MINUTE)


def test_a_reset_stands_in_the_inbox_with_who_asked_and_who_approved(market: Marketplace) -> None:
    reset(market)
    assert tell_of_code_changes(now=NOW + 2 * MINUTE) == 1
    [told] = Event.objects.filter(kind="codes_reset")
    money = market.money
    assert (told.for_platform, told.occurred_at) == (True, NOW + MINUTE)
    assert told.data == {
        "person_id": money.second.own_id,
        "whose": money.second.name,
        "asked_by": money.first.name,
        "by": market.ops.name,
        "reason": "手机丢了",
    }
    event = list_events(inbox_of(market.finance)).items[0]
    assert event.zh.startswith(
        f"{money.second.name}的动态口令已重置：{money.first.name}提出，{market.ops.name}批准，原因“手机丢了”"
    )
    page = Client()
    page.force_login(Person.objects.get(pk=market.finance.own_id))
    assert f"/console/people/{money.second.own_id}/" in page.get("/console/inbox/").content.decode()
    assert all_violations() == []


def test_it_is_told_once_and_nothing_older(market: Marketplace) -> None:
    reset(market)
    assert [tell_of_code_changes(now=NOW + 2 * MINUTE) for _ in range(2)] == [1, 0]
    assert tell_of_code_changes(now=NOW + LOOKS_BACK + HOUR) == 0
    Event.objects.all().delete()
    assert tell_of_code_changes(now=NOW + LOOKS_BACK + HOUR) == 0


@committed
@pytest.mark.usefixtures("smtp")
def test_only_she_is_told_outside_the_pages_and_at_once(market: Marketplace) -> None:
    everybody_wants_to_hear(market)
    reset(market)
    tell_of_code_changes(now=NOW + 2 * MINUTE)
    write_notices(now=NOW + 2 * MINUTE)
    [notice] = Notice.objects.filter(topic="codes")
    assert (notice.person_id, notice.channel) == (market.money.second.own_id, "mail")
    # It does not wait for others of its topic.
    assert notice.due_at == NOW + 2 * MINUTE
    assert all_violations() == []


def test_new_recovery_codes_are_told_with_who_made_them(market: Marketplace) -> None:
    her = market.money.second
    one_time_codes.renew_recovery_codes(actor=her, code=one_time_code(her, now=NOW), now=NOW)
    assert tell_of_code_changes(now=NOW) == 1
    assert Event.objects.get(kind="recovery_codes_renewed").data["by"] == her.name


def test_a_refused_reset_tells_nothing(market: Marketplace) -> None:
    her = market.money.second
    one_time_code(her, now=NOW)
    asked = code_resets.request_reset(actor=market.money.first, person_id=her.own_id, reason="手机丢了", now=NOW)
    code_resets.refuse_reset(actor=her, reset_id=asked.id, now=NOW)
    assert tell_of_code_changes(now=NOW) == 0
