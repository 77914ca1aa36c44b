"""From events to messages: who is told, when, how often, and what becomes of a message whose answer is lost (NOTICE-1 to NOTICE-7)."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import Settings

from accounts.services.people import deactivate
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from notices.models import Address, Notice, OutboxReader
from notices.rules import GATHERED_FOR, LEASE, Channel, NoticeState, Outcome, OutcomeKind, Topic
from notices.services.channels import Senders
from notices.services.sending import claim_next, record_outcome, recover_lost
from tests.builders import HOUR, NOW, Marketplace
from tests.forwarding.test_pages import signed_in
from tests.notices.people import has_address, listener, states, wants, wish
from tests.notices.sms_server import SmsService
from tests.notices.smtp_server import Smtp
from tests.outbox import deliver, write_notices
from tests.wechat.wechat_server import WeChat

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
"""A transaction does not see its own events in the outbox."""

MINUTE = timedelta(minutes=1)
LATER = NOW + GATHERED_FOR


def run(at: datetime) -> int:
    return deliver(clock=lambda: at)


def test_an_event_is_told_to_whom_it_concerns_by_the_channels_that_she_chose(
    smtp: Smtp, sms: SmsService, wechat: WeChat, settings: Settings
) -> None:
    settings.SITE_URL = "https://weicang.example"
    market = Marketplace()
    daigou = listener(market, *Channel)
    listener(market)
    wish(daigou, 7)
    assert run(NOW) == 0
    assert run(LATER) == 3
    [mail] = smtp.mails
    assert (mail["To"], mail["Subject"]) == ("amy@example.com", "【尾仓】顾客心愿")
    assert smtp.texts[0] == "新心愿 7：1 件\nhttps://weicang.example/\n"
    [message] = sms.messages
    assert (message["to"], message["topic"], message["count"]) == ("13912345678", "顾客心愿", "1")
    [sent] = wechat.messages
    assert (sent["touser"], sent["data"]["thing2"]["value"], sent["url"]) == (
        "o-amy", "新心愿 7：1 件", "https://weicang.example/",
    )  # fmt: skip
    assert states() == [("sent", "")] * 3
    assert run(LATER + HOUR) == 0
    assert (len(smtp.mails), len(sms.messages), len(wechat.messages)) == (1, 1, 1)


def test_nothing_of_the_past_is_told(smtp: Smtp) -> None:
    market = Marketplace()
    daigou = market.reseller()
    wants(daigou.actor, (Topic.WISH, Channel.MAIL))
    wish(daigou, 1)
    assert write_notices(now=NOW) == 0
    assert OutboxReader.objects.count() == 1
    wish(daigou, 2)
    assert write_notices(now=NOW) == 1
    assert [each.subject_id for each in Notice.objects.all()] == [2]


def test_another_database_starts_behind_its_past(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    OutboxReader.objects.update(database="another/5", transaction_id=1)
    assert write_notices(now=NOW) == 0
    wish(daigou, 2)
    assert write_notices(now=NOW) == 1
    assert Notice.objects.get().subject_id == 2


def test_clerks_and_ops_are_told_of_what_stands_in_their_inboxes(smtp: Smtp) -> None:
    market = Marketplace()
    other = market.new_clerk(market.brand_id)
    stranger = market.new_clerk(market.brand())
    for clerk in (market.clerk, other, stranger):
        wants(clerk, (Topic.TO_SHIP, Channel.MAIL))
    wants(market.ops, (Topic.CASE, Channel.MAIL))
    write_notices(now=NOW)
    to_ship = EventDraft(
        EventKind.CONSIGNMENT_TO_SHIP, 1, brand_id=market.brand_id, data={"consignment_id": 1, "units": 1}
    )
    case = EventDraft(EventKind.CASE_OPENED, 2, data={"case_id": 2, "order_id": 1, "goods": "x", "units": 1})
    with transaction.atomic():
        publish([to_ship, case], now=NOW)
    write_notices(now=NOW)
    assert sorted(Notice.objects.values_list("person_id", "topic")) == sorted(
        [(market.clerk.own_id, "to_ship"), (other.own_id, "to_ship"), (market.ops.own_id, "case")]
    )


def test_a_sale_that_opens_is_told_to_the_resellers_who_want_it(smtp: Smtp) -> None:
    market = Marketplace()
    listener(market, Channel.MAIL, topic=Topic.SALE)
    listener(market, Channel.MAIL)
    with transaction.atomic():
        publish([EventDraft(EventKind.SALE_OPENED, 1, data={"sale_id": 1, "title": "冬季"})], now=NOW)
    assert run(NOW) == 0
    assert run(LATER) == 1
    assert smtp.texts[0] == "专场「冬季」开售了\n"


def test_notices_of_a_topic_become_one_message(smtp: Smtp) -> None:
    """NOTICE-5."""
    daigou = listener(Marketplace(), Channel.MAIL, language="en")
    for number in range(1, 8):
        wish(daigou, number, now=NOW)
    run(NOW)
    wish(daigou, 8)
    run(NOW + MINUTE)
    assert run(LATER) == 1
    [mail] = smtp.mails
    lines = mail.get_content().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("New wish 1: 1 units", "and 3 more", 6)
    assert states() == [("sent", "")] * 8
    assert Notice.objects.filter(sent_with=None).count() == 1


def test_quiet_hours_hold_a_message_back_and_a_deadline_passes_where_she_chose_so(smtp: Smtp) -> None:
    # It is noon in China.
    market = Marketplace()
    daigou = listener(market, Channel.MAIL, quiet=(11 * 60, 13 * 60))
    hasty = market.reseller()
    wants(
        hasty.actor,
        (Topic.PAYMENT_DUE, Channel.MAIL), (Topic.WISH, Channel.MAIL),
        quiet=(11 * 60, 13 * 60), urgent_passes=True,
    )  # fmt: skip
    has_address(hasty.actor, Channel.MAIL, "bea@example.com")
    wish(daigou, 1)
    due = EventDraft(
        EventKind.PAYMENT_DUE_SOON, 1, reseller_id=hasty.id, data={"order_id": 1, "minutes": 5, "total": "1.00"}
    )
    with transaction.atomic():
        publish([due], now=NOW)
    assert run(NOW) == 1
    assert [mail["To"] for mail in smtp.mails] == ["bea@example.com"]
    assert run(NOW + HOUR - MINUTE) == 0
    assert run(NOW + HOUR) == 1


def test_quiet_hours_that_she_chose_after_the_notice_hold_it_back_too(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    run(NOW)
    wants(daigou.actor, (Topic.WISH, Channel.MAIL), quiet=(11 * 60, 13 * 60))
    assert run(LATER) == 0
    assert states() == [("waiting", "")]
    assert run(NOW + HOUR) == 1


def test_what_she_switched_off_meanwhile_is_not_sent(smtp: Smtp) -> None:
    """NOTICE-2."""
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    run(NOW)
    wants(daigou.actor, now=NOW + MINUTE)
    assert run(LATER) == 0
    assert (states(), smtp.mails) == ([("skipped", "switched_off")], [])


def test_the_daily_limit_and_repeats_of_one_subject(smtp: Smtp) -> None:
    """NOTICE-6."""
    market = Marketplace()
    daigou = listener(market, Channel.MAIL, max_per_day=6)
    for number, at in enumerate((NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR)):
        wish(daigou, 1, now=at)
        run(at)
        assert run(at + GATHERED_FOR) == (number < 3)
    for number in (2, 3):
        at = NOW + (number + 2) * HOUR
        wish(daigou, number, now=at)
        run(at)
        assert run(at + GATHERED_FOR) == (number == 2)
    assert states() == [("sent", "")] * 3 + [("skipped", "repeated"), ("sent", ""), ("skipped", "daily_limit")]


def test_what_customers_cause_does_not_silence_what_is_urgent(smtp: Smtp) -> None:
    """NOTICE-6."""
    daigou = listener(Marketplace(), Channel.MAIL, max_per_day=5)
    wants(daigou.actor, (Topic.WISH, Channel.MAIL), (Topic.WAITING, Channel.MAIL), max_per_day=5)
    for number in range(4):
        at = NOW + number * HOUR
        wish(daigou, number, now=at)
        run(at)
        assert run(at + GATHERED_FOR) == (number < 3)
    at = NOW + 5 * HOUR
    for number, told in enumerate((1, 1, 0)):
        data: dict[str, str | int] = {"goods": "K7 黑 M", "customers": 1, "wish_id": number}
        with transaction.atomic():
            draft = EventDraft(EventKind.CUSTOMERS_SIZE_IS_BACK, number, reseller_id=daigou.id, data=data)
            publish([draft], now=at)
        assert run(at) == told
    waiting = Notice.objects.filter(topic=Topic.WAITING.value).order_by("pk").values_list("state", "why")
    assert list(waiting) == [("sent", ""), ("sent", ""), ("skipped", "daily_limit")]


def test_an_event_that_is_no_news_any_more_is_skipped(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    run(NOW + 49 * HOUR)
    assert run(NOW + 50 * HOUR) == 0
    assert states() == [("skipped", "too_late")]


@pytest.mark.parametrize("what", ["none", "unverified", "off", "channel"])
def test_without_a_usable_address_nothing_is_sent(smtp: Smtp, settings: Settings, what: str) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    rows = Address.objects.filter(person=daigou.actor.own_id)
    match what:
        case "none":
            rows.delete()
        case "unverified":
            rows.update(verified_at=None)
        case "off":
            rows.update(off_at=NOW)
        case "channel":
            settings.MAIL_URL = ""
    wish(daigou, 1)
    run(NOW)
    assert run(LATER) == 0
    why = {"none": "no_address", "unverified": "no_address", "off": "address_off", "channel": "channel_off"}[what]
    assert (states(), smtp.mails) == ([("skipped", why)], [])


def test_somebody_who_was_deactivated_is_told_nothing(smtp: Smtp) -> None:
    market = Marketplace()
    daigou = listener(market, Channel.MAIL)
    wish(daigou, 1)
    run(NOW)
    deactivate(actor=market.ops, person_id=daigou.actor.own_id, reason="test", now=NOW)
    assert run(LATER) == 0
    assert states() == [("skipped", "switched_off")]
    wish(daigou, 2)
    run(LATER)
    assert Notice.objects.count() == 1


def test_a_busy_provider_is_asked_again_and_given_up_in_the_end(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    run(NOW)
    smtp.faults = [("rcpt", "450 4.2.1 try later")] * 6
    at, tried = LATER, []
    for _ in range(6):
        assert run(at) == 0
        row = Notice.objects.get()
        tried.append((row.attempts, row.state, row.why))
        at = row.next_attempt_at
    assert tried[0] == (1, "waiting", "busy:450")
    assert tried[-1] == (6, "failed", "gave_up:450")
    assert (run(at + HOUR), smtp.mails) == (0, [])


def test_an_address_that_reaches_nobody_is_switched_off_at_once(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    run(NOW)
    smtp.faults = [("rcpt", "550 5.1.1 no such user")]
    assert run(LATER) == 0
    assert states() == [("failed", "bad_address:550")]
    row = Address.objects.get(person=daigou.actor.own_id)
    assert (row.off_at, row.off_code) == (LATER, "550")
    wish(daigou, 2)
    run(LATER)
    run(LATER + GATHERED_FOR)
    assert states()[1:] == [("skipped", "address_off")]


def test_an_account_that_is_refused_stops_its_channel_and_no_other(smtp: Smtp, sms: SmsService) -> None:
    market = Marketplace()
    first, second = listener(market, Channel.MAIL), listener(market, Channel.MAIL, Channel.SMS)
    wish(first, 1)
    wish(second, 2)
    run(NOW)
    smtp.faults = [("mail", "530 5.7.0 authentication required")]
    assert run(LATER) == 1
    assert (len(sms.messages), len(smtp.mails)) == (1, 0)
    assert sorted(states()) == [("sent", ""), ("waiting", ""), ("waiting", "account:530")]
    assert run(LATER + MINUTE) == 2


def test_a_lost_answer_of_mail_is_told_as_unknown_and_not_repeated(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    run(NOW)
    smtp.faults = [("data", "taken-cut")]
    assert run(LATER) == 0
    assert states() == [("unknown", "answer_lost")]
    assert run(LATER + HOUR) == 0
    assert len(smtp.mails) == 1


def test_a_lost_answer_of_wechat_is_asked_again_while_wechat_drops_a_second_message(wechat: WeChat) -> None:
    daigou = listener(Marketplace(), Channel.WECHAT)
    wish(daigou, 1)
    run(NOW)
    wechat.message_faults = ["taken"]
    assert run(LATER) == 0
    assert (states(), len(wechat.messages)) == ([("waiting", "answer_lost:no connection")], 1)
    wish(daigou, 2)
    run(LATER)
    assert run(LATER + MINUTE) == 1
    assert (states()[0], len(wechat.messages)) == (("sent", ""), 1)


def test_a_lost_answer_of_wechat_is_not_asked_again_later_than_that(wechat: WeChat) -> None:
    daigou = listener(Marketplace(), Channel.WECHAT)
    wish(daigou, 1)
    run(NOW)
    wechat.message_faults = ["taken"]
    run(LATER)
    assert run(LATER + 10 * MINUTE) == 0
    assert states() == [("unknown", "answer_lost")]


def test_a_worker_that_died_while_sending_is_recovered(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    wish(daigou, 1)
    write_notices(now=NOW)
    claim = claim_next(channels=list(Channel), is_on=[Channel.MAIL], now=LATER)
    assert claim is not None
    assert claim_next(channels=list(Channel), is_on=[Channel.MAIL], now=LATER) is None
    assert recover_lost(now=LATER + LEASE - MINUTE) == 0
    assert recover_lost(now=LATER + LEASE) == 1
    assert states() == [("unknown", "answer_lost")]
    # Its answer comes after all, and is the better knowledge.
    record_outcome(claim=claim, outcome=Outcome(OutcomeKind.SENT, "250"), now=LATER + HOUR)
    assert states() == [("sent", "")]
    record_outcome(claim=claim, outcome=Outcome(OutcomeKind.REFUSED, "550"), now=LATER + HOUR)
    assert states() == [("sent", "")]


# NOTICE-11
def test_an_address_whose_mails_are_refused_three_times_in_a_row_is_switched_off(smtp: Smtp) -> None:
    daigou = listener(Marketplace(), Channel.MAIL)
    full = ("data", "552 mailbox full")

    def send_one(number: int, *faults: tuple[str, str]) -> tuple[int, bool]:
        smtp.faults = list(faults)
        wish(daigou, number, now=NOW + number * HOUR)
        write_notices(now=NOW + number * HOUR)
        run(LATER + number * HOUR)
        address = Address.objects.get()
        return address.refusals, address.off_at is not None

    assert [send_one(1, full), send_one(2, full)] == [(1, False), (2, False)]
    assert send_one(3) == (0, False)
    assert [send_one(4, full), send_one(5, full), send_one(6, full)] == [(1, False), (2, False), (3, True)]
    assert Address.objects.get().off_code == "552"
    sent = len(smtp.mails)
    send_one(7)
    assert len(smtp.mails) == sent
    inbox = signed_in(daigou).get("/shop/inbox/").content.decode()
    assert "收不到通知（552），已停发" in inbox


def test_senders_keep_one_connection_for_a_run(smtp: Smtp) -> None:
    market = Marketplace()
    for number in (1, 2):
        wish(listener(market, Channel.MAIL), number)
    write_notices(now=NOW)
    with Senders() as senders:
        for _ in range(2):
            claim = claim_next(channels=[Channel.MAIL], is_on=[Channel.MAIL], now=LATER)
            assert claim is not None
            assert senders.send(claim).kind is OutcomeKind.SENT
    assert len(smtp.mails) == 2
    assert Notice.objects.filter(state=NoticeState.SENDING.value).count() == 2
