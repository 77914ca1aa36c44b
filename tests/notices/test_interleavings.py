"""Whatever happens in which order, each notice is sent at most once per answer of the provider, and none is lost (NOTICE-7)."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrity.selectors.checks import run_checks
from notices.models import Address, Notice, Preference
from notices.rules import LEASE, Channel, NoticeState
from notices.services.channels import Senders, channels_on
from notices.services.sending import claim_next
from tests.builders import NOW, Daigou, Marketplace
from tests.notices.people import listener, wish
from tests.notices.smtp_server import Smtp
from tests.outbox import deliver, write_notices
from tests.own_cache import clear_own_cache
from tests.wechat.wechat_server import WeChat

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

MINUTE = timedelta(minutes=1)
OVER = {state.value for state in NoticeState} - {NoticeState.WAITING.value, NoticeState.SENDING.value}
STEPS = st.lists(
    st.sampled_from(
        [
            "publish",
            "publish",
            "run",
            "run",
            "write",
            "crash before",
            "crash after",
            "busy",
            "lost before",
            "lost after",
            "wait a minute",
            "wait a lease",
            "wait an hour",
        ]
    ),
    max_size=14,
)


class Play:
    """A reseller who hears by mail and WeChat, and the clock."""

    def __init__(self, daigou: Daigou, smtp: Smtp, wechat: WeChat) -> None:
        self.daigou, self.smtp, self.wechat = daigou, smtp, wechat
        self.now: datetime = NOW
        self.published = 0

    def do(self, step: str) -> None:
        match step:
            case "publish":
                self.published += 1
                wish(self.daigou, self.published, now=self.now)
            case "run":
                deliver(clock=lambda: self.now)
            case "write":
                write_notices(now=self.now, limit=1)
            case "crash before" | "crash after":
                self.crash(is_sent=step == "crash after")
            case "busy":
                self.smtp.faults.append(("rcpt", "450 later"))
                self.wechat.message_faults.append(45009)
            case "lost before":
                self.smtp.faults.append(("data", "cut"))
                self.wechat.message_faults.append("closed")
            case "lost after":
                self.smtp.faults.append(("data", "taken-cut"))
                self.wechat.message_faults.append("taken")
            case "wait a minute":
                self.now += MINUTE
            case "wait a lease":
                self.now += LEASE
            case "wait an hour":
                self.now += 60 * MINUTE

    @property
    def is_over(self) -> bool:
        states = list(Notice.objects.filter(person=self.daigou.actor.own_id).values_list("state", flat=True))
        return len(states) == 2 * self.published and set(states) <= OVER

    def crash(self, *, is_sent: bool) -> None:
        """A worker is killed after its claim, before or after the provider took the message; it never says what became of it."""
        claim = claim_next(channels=list(Channel), is_on=channels_on(), now=self.now)
        if claim is not None and is_sent:
            with Senders() as senders:
                senders.send(claim)


@settings(deadline=None, max_examples=40)
@given(steps=STEPS)
def check_play(play_of: Callable[[], Play], steps: list[str]) -> None:
    play = play_of()
    for step in steps:
        play.do(step)
    play.smtp.faults.clear()
    play.wechat.message_faults.clear()
    for _ in range(12):
        play.now += 60 * MINUTE
        play.do("run")
        play.do("run")
        if play.is_over:
            break
    # What came to an end stays there.
    play.now += 60 * MINUTE
    play.do("run")
    rows = list(Notice.objects.filter(person=play.daigou.actor.own_id))
    # None is lost: each event has its notice by each channel, and each notice came to an end.
    assert Counter(row.channel for row in rows) == (
        {"mail": play.published, "wechat": play.published} if play.published else {}
    )
    assert {row.state for row in rows} <= OVER
    # None is doubled: a message that a provider took is that of one notice, and a notice has one of them.
    mails = Counter(mail["Message-ID"] for mail in play.smtp.mails)
    sent = Counter(message["client_msg_id"] for message in play.wechat.messages)
    assert set(mails.values()) | set(sent.values()) <= {1}
    taken = {"mail": {name.strip("<").partition("@")[0] for name in mails}, "wechat": set(sent)}
    for row in rows:
        leader = f"weicang-{row.sent_with_id or row.pk}"
        if row.state == NoticeState.SENT.value:
            assert leader in taken[row.channel]
        elif row.state != NoticeState.UNKNOWN.value:
            assert leader not in taken[row.channel]
    broken = [each for result in run_checks(["notices"]) for each in result.violations]
    assert broken == []


def test_any_interleaving_sends_each_notice_at_most_once_and_loses_none(smtp: Smtp, wechat: WeChat) -> None:
    market = Marketplace()

    def fresh() -> Play:
        """The next example: somebody new, and nothing of the one before."""
        for model in (Notice, Preference, Address):
            model.objects.all().delete()
        smtp.mails, smtp.faults = [], []
        wechat.messages, wechat.faults, wechat.message_faults = [], [], []
        clear_own_cache()
        return Play(listener(market, Channel.MAIL, Channel.WECHAT, max_per_day=200), smtp, wechat)

    check_play(play_of=fresh)
