"""Workers that send notices at the same time: no message is sent twice, and daily limits hold (NOTICE-6, NOTICE-7)."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from notices.models import Notice
from notices.rules import GATHERED_FOR, Channel, Topic
from notices.services.sending import Claim, claim_next
from tests.builders import NOW, Daigou, Marketplace
from tests.contention.concurrency import run_concurrently
from tests.notices import smtp_server
from tests.notices.people import has_address, wants, wish
from tests.notices.smtp_server import Smtp
from tests.outbox import deliver, write_notices

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

DUE = NOW + GATHERED_FOR


@pytest.fixture
def smtp(settings: Settings) -> Iterator[Smtp]:
    with smtp_server.run() as service:
        settings.MAIL_URL, settings.MAIL_FROM = service.url, "notice@weicang.example"
        yield service


def listener(market: Marketplace, number: int, max_per_day: int = 20) -> Daigou:
    daigou = market.reseller()
    pairs = [(topic, Channel.MAIL) for topic in (Topic.WISH, Topic.LEVEL)]
    wants(daigou.actor, *pairs, max_per_day=max_per_day)
    has_address(daigou.actor, Channel.MAIL, f"r{number}@example.com")
    return daigou


def two_topics(daigou: Daigou) -> None:
    wish(daigou, 1)
    tiers = {"before_zh": "VIP2", "after_zh": "VIP1", "before_en": "VIP2", "after_en": "VIP1"}
    with transaction.atomic():
        publish([EventDraft(EventKind.LEVEL_ABOUT_TO_FALL, daigou.id, reseller_id=daigou.id, data=tiers)], now=NOW)


def test_a_daily_limit_holds_against_a_claim_that_is_not_committed_yet() -> None:
    daigou = listener(Marketplace(), 1, max_per_day=1)
    write_notices(now=NOW)
    two_topics(daigou)
    write_notices(now=NOW)
    claimed, may_commit = threading.Event(), threading.Event()
    claims: list[Claim | None] = []

    def claim_slowly() -> None:
        try:
            with transaction.atomic():
                claims.append(claim_next(channels=list(Channel), is_on=list(Channel), now=DUE))
                claimed.set()
                may_commit.wait(timeout=20)
        finally:
            connection.close()

    def claim_beside() -> None:
        try:
            claims.append(claim_next(channels=list(Channel), is_on=list(Channel), now=DUE))
        finally:
            connection.close()

    slow, beside = threading.Thread(target=claim_slowly), threading.Thread(target=claim_beside)
    slow.start()
    assert claimed.wait(timeout=20)
    # The control: whoever counted now would find no message of today.
    assert not Notice.objects.filter(state="sending").exists()
    beside.start()
    beside.join(timeout=1)
    assert beside.is_alive()
    may_commit.set()
    slow.join(timeout=20)
    beside.join(timeout=20)
    assert [claim is not None for claim in claims] == [True, False]
    assert sorted(Notice.objects.values_list("state", "why")) == [("sending", ""), ("skipped", "daily_limit")]


def test_many_workers_send_each_message_once(smtp: Smtp) -> None:
    market = Marketplace()
    listeners = [listener(market, number) for number in range(6)]
    write_notices(now=NOW)
    for daigou in listeners:
        two_topics(daigou)
    run_concurrently([lambda: deliver(clock=lambda: NOW)] * 8)
    sent = run_concurrently([lambda: deliver(clock=lambda: DUE)] * 8)
    assert sum(each for each in sent if isinstance(each, int)) == 12
    assert set(Counter(mail["Message-ID"] for mail in smtp.mails).values()) == {1}
    assert sorted(Counter(mail["X-Rcpt"] for mail in smtp.mails).items()) == [
        (f"r{number}@example.com", 2) for number in range(6)
    ]
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
