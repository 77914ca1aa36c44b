"""Sending: a claim is committed before a provider is asked, and no transaction is open while it is (NOTICE-3 to NOTICE-7)."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from notices import sql
from notices.models import Address, Notice, Preference
from notices.rules import (
    LEASE,
    MAX_REFUSALS,
    URGENT,
    Channel,
    Choices,
    Circumstances,
    NoticeState,
    Outcome,
    OutcomeKind,
    Topic,
    Why,
    after_attempt,
    day_of,
    decide,
    may_repeat,
)
from notices.selectors.own import choices_of

log = logging.getLogger("weicang.notices")

MAX_GATHERED = 50
"""Notices in one message."""
_MAX_PASSED = 500
"""Notices that one claim may skip or put off before it gives up its locks."""
_COUNTED = (NoticeState.SENT.value, NoticeState.SENDING.value, NoticeState.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker may send: one notice and those that go with it. `client_id` is the same at every attempt."""

    notice_id: int
    attempts: int
    person_id: int
    channel: Channel
    topic: Topic
    address: str
    language: str
    event_ids: tuple[int, ...]

    @property
    def client_id(self) -> str:
        return f"weicang-{self.notice_id}"


@transaction.atomic
def claim_next(*, channels: Collection[Channel], is_on: Collection[Channel], now: datetime) -> Claim | None:
    """Claim the next message that is due by one of the channels; None where none is.

    `is_on`: channels that this installation has. What may not be sent is skipped, and what falls into quiet hours waits for their end.
    """
    sql.lock_claims()
    passed = 0
    while passed < _MAX_PASSED:
        due = Notice.objects.filter(
            state=NoticeState.WAITING.value,
            next_attempt_at__lte=now,
            sent_with=None,
            channel__in=[channel.value for channel in channels],
        )
        first = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk").first()
        if first is None:
            return None
        group = _group(first)
        claim = _claim(first, group, is_on, now)
        if claim is not None:
            return claim
        passed += len(group)
    return None


def record_outcome(*, claim: Claim, outcome: Outcome, now: datetime) -> None:
    """Write what became of a claim. An answer that comes after its lease is taken where it says that the message was sent."""
    _settle(claim.notice_id, claim.attempts, outcome, now)
    if outcome.kind is OutcomeKind.SENT:
        _address_of(claim).exclude(refusals=0).update(refusals=0)
    elif outcome.kind is OutcomeKind.BAD_ADDRESS or (
        outcome.kind is OutcomeKind.REFUSED and _count_refusal(claim) >= MAX_REFUSALS
    ):
        _switch_off(claim, outcome.code, now)


def recover_lost(*, now: datetime) -> int:
    """End the claims of workers that have not said what became of them; returns how many. Their answer counts as lost (NOTICE-7)."""
    lost = Notice.objects.filter(state=NoticeState.SENDING.value, lease_until__lte=now, sent_with=None)
    found = list(lost.values_list("pk", "attempts"))
    for notice_id, attempts in found:
        _settle(notice_id, attempts, Outcome(OutcomeKind.LOST, "worker"), now)
    return len(found)


def purge_notices(*, now: datetime, kept_for: timedelta) -> int:
    """Delete old notices that are over; returns how many (NOTICE-9)."""
    waiting = (NoticeState.WAITING.value, NoticeState.SENDING.value)
    deleted, _ = Notice.objects.filter(created_at__lt=now - kept_for).exclude(state__in=waiting).delete()
    return deleted


@transaction.atomic
def _settle(notice_id: int, attempts: int, outcome: Outcome, now: datetime) -> None:
    row = Notice.objects.select_for_update().filter(pk=notice_id, attempts=attempts).first()
    if row is None or row.claimed_at is None:
        return
    came_late = row.state == NoticeState.UNKNOWN.value and outcome.kind is OutcomeKind.SENT
    if row.state != NoticeState.SENDING.value and not came_late:
        return
    found = after_attempt(
        outcome,
        is_deduplicating=_is_deduplicating(Channel(row.channel)),
        attempts=attempts,
        claimed_at=row.claimed_at,
        lost_at=row.lost_at,
        at=now,
    )
    message = Notice.objects.filter(Q(pk=notice_id) | Q(sent_with=notice_id), state=row.state)
    message.update(
        state=found.state.value,
        why=found.why,
        lost_at=found.lost_at,
        lease_until=None,
        message_id=outcome.message_id[:128],
        next_attempt_at=found.until or F("next_attempt_at"),
        ended_at=None if found.state is NoticeState.WAITING else now,
    )


def _is_deduplicating(channel: Channel) -> bool:
    """Whether the provider drops a second message with the same id: WeChat does so for template messages only (docs/decisions/0225)."""
    return channel is Channel.WECHAT and not settings.WECHAT_NOTICE_IS_SUBSCRIPTION


def _address_of(claim: Claim) -> QuerySet[Address]:
    """The address that a claim was sent to; none where she has entered another since."""
    return Address.objects.filter(person=claim.person_id, channel=claim.channel.value, value=claim.address)


def _count_refusal(claim: Claim) -> int:
    """How many messages the provider has refused one after another (NOTICE-11)."""
    _address_of(claim).filter(refusals__lt=MAX_REFUSALS).update(refusals=F("refusals") + 1)
    return _address_of(claim).values_list("refusals", flat=True).first() or 0


def _switch_off(claim: Claim, code: str, now: datetime) -> None:
    _address_of(claim).filter(off_at=None).update(off_at=now, off_code=code[:40])
    log.info("an address was switched off", extra={"person": claim.person_id, "channel": claim.channel, "code": code})


def _group(first: Notice) -> list[Notice]:
    """A notice and those that go with it: at the first attempt all that wait of its topic, later those of the first attempt."""
    waiting = Notice.objects.select_for_update().filter(state=NoticeState.WAITING.value)
    if first.attempts:
        return [first, *waiting.filter(sent_with=first).order_by("pk")]
    same = waiting.filter(
        person=first.person_id, channel=first.channel, topic=first.topic, attempts=0, sent_with=None
    ).exclude(pk=first.pk)
    return [first, *same.order_by("pk")[: MAX_GATHERED - 1]]


def _claim(first: Notice, group: Sequence[Notice], is_on: Collection[Channel], now: datetime) -> Claim | None:
    """Decide about each notice of a group, and claim those that are sent."""
    channel, topic = Channel(first.channel), Topic(first.topic)
    if first.attempts and not may_repeat(is_deduplicating=_is_deduplicating(channel), lost_at=first.lost_at, at=now):
        _end(group, NoticeState.UNKNOWN, Why.ANSWER_LOST, now)
        return None
    address = Address.objects.filter(person=first.person_id, channel=channel.value).first()
    choices = choices_of([first.person_id]).get(first.person_id, Choices())
    about = _sent_about([(each.subject_kind, each.subject_id) for each in group], first, now)
    sent_today = _sent_today(first, now)
    common = {
        "topic": topic,
        "is_wanted": _is_wanted(first),
        "has_address": address is not None and address.verified_at is not None,
        "is_address_on": address is not None and address.off_at is None,
        "is_channel_on": channel in is_on,
        "sent_today": sum(sent_today.values()),
        "others_today": sum(count for each, count in sent_today.items() if each not in URGENT),
        "choices": choices,
    }
    # What was tried once stays together, so that every attempt is the same message.
    decided = [(first, group)] if first.attempts else [(each, [each]) for each in group]
    sent: list[Notice] = []
    for each, together in decided:
        decision = decide(
            Circumstances(
                occurred_at=each.occurred_at,
                sent_about_subject=about.get((each.subject_kind, each.subject_id), 0),
                **common,  # type: ignore[arg-type]
            ),
            at=now,
        )
        if decision.skip is not None:
            _end(together, NoticeState.UNKNOWN if each.lost_at else NoticeState.SKIPPED, decision.skip, now)
        elif decision.until is not None:
            Notice.objects.filter(pk__in=[one.pk for one in together]).update(next_attempt_at=decision.until)
        else:
            sent += together
    if not sent or address is None:
        return None
    return _take(sent, address.value, choices.language, now)


def _take(sent: Sequence[Notice], address: str, language: str, now: datetime) -> Claim:
    leader = sent[0]
    Notice.objects.filter(pk__in=[each.pk for each in sent]).update(
        state=NoticeState.SENDING.value, attempts=leader.attempts + 1, claimed_at=now, lease_until=now + LEASE, why=""
    )
    Notice.objects.filter(pk__in=[each.pk for each in sent[1:]]).update(sent_with=leader.pk)
    return Claim(
        notice_id=leader.pk,
        attempts=leader.attempts + 1,
        person_id=leader.person_id,
        channel=Channel(leader.channel),
        topic=Topic(leader.topic),
        address=address,
        language=language,
        event_ids=tuple(each.event_id for each in sent),
    )


def _end(notices: Sequence[Notice], state: NoticeState, why: Why, now: datetime) -> None:
    rows = Notice.objects.filter(pk__in=[each.pk for each in notices])
    rows.update(state=state.value, why=why.value, ended_at=now)


def _is_wanted(notice: Notice) -> bool:
    wanted = Preference.objects.filter(person=notice.person_id, topic=notice.topic, channel=notice.channel, off_at=None)
    return wanted.filter(person__is_active=True).exists()


def _sent_today(notice: Notice, now: datetime) -> Mapping[Topic, int]:
    """Messages to her by this channel since the day began in China, by topic."""
    rows = Notice.objects.filter(person=notice.person_id, channel=notice.channel, state__in=_COUNTED, sent_with=None)
    counted = rows.filter(claimed_at__gte=day_of(now)).values_list("topic").annotate(messages=Count("pk")).order_by()
    return {Topic(topic): messages for topic, messages in counted}


def _sent_about(subjects: Collection[tuple[str, int]], notice: Notice, now: datetime) -> Mapping[tuple[str, int], int]:
    """In how many messages within a day she was told of each subject, of this topic and by this channel."""
    rows = Notice.objects.filter(
        person=notice.person_id,
        channel=notice.channel,
        topic=notice.topic,
        state__in=_COUNTED,
        claimed_at__gt=now - timedelta(days=1),
        subject_id__in={subject_id for _, subject_id in subjects},
    )
    messages: dict[tuple[str, int], set[int]] = {}
    for kind, subject_id, pk, sent_with in rows.values_list("subject_kind", "subject_id", "pk", "sent_with_id"):
        messages.setdefault((kind, subject_id), set()).add(sent_with or pk)
    return {subject: len(found) for subject, found in messages.items()}
