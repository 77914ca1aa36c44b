"""The law of notices as pure functions (NOTICE-1 to NOTICE-7)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules.kinds import EventKind, Face
from events.rules.sentences import TERMS
from kernel.period import SHANGHAI
from notices.rules import (
    DEDUPLICATED_FOR,
    GATHERED_FOR,
    MAX_ATTEMPTS,
    MAX_REPEATS,
    TOPICS,
    URGENT,
    Choices,
    Circumstances,
    NoticeState,
    Outcome,
    OutcomeKind,
    QuietHours,
    Topic,
    Why,
    after_attempt,
    allowed_at,
    decide,
    due_at,
    fresh_for,
    may_repeat,
    most_others,
    topics_of,
)
from notices.services.message import TOPIC_WORDS
from tests.builders import NOW

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MINUTES = st.integers(0, 1439)
QUIET = st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
CHOICES = st.builds(Choices, quiet=st.none() | QUIET, urgent_passes=st.booleans(), max_per_day=st.integers(1, 50))
TOPICS_DRAWN = st.sampled_from(Topic)
WANTED = Circumstances(
    topic=Topic.PAID,
    occurred_at=NOW,
    is_wanted=True,
    has_address=True,
    is_address_on=True,
    is_channel_on=True,
    sent_about_subject=0,
    sent_today=0,
    others_today=0,
    choices=Choices(),
)


def test_every_kind_of_event_has_a_topic_with_words_and_every_topic_a_face() -> None:
    assert set(TOPICS) == set(EventKind) == set(TERMS)
    assert set(TOPIC_WORDS) == set(Topic)
    assert {topic for face in Face for topic in topics_of(face)} == set(Topic)


def test_a_face_chooses_among_what_it_is_told_of() -> None:
    assert Topic.TO_SHIP in topics_of(Face.PORTAL)
    assert Topic.TO_SHIP not in topics_of(Face.SHOP)
    assert set(topics_of(Face.CONSOLE)) == {
        Topic.CASE,
        Topic.ENQUIRY,
        Topic.SHORTAGE,
        Topic.PAID,
        Topic.STATEMENT,
        Topic.CODES,
    }


@pytest.mark.parametrize(("first", "last"), [(0, 0), (-1, 5), (1440, 5), (5, 1440)])
def test_quiet_hours_that_make_no_sense_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="minute"):
        QuietHours(first, last)


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("07:59", True), ("08:00", False)],
)
def test_quiet_hours_over_midnight_are_those_of_china(at: str, is_quiet: bool) -> None:
    local = datetime.fromisoformat(f"2026-11-22T{at}").replace(tzinfo=SHANGHAI)
    assert QuietHours(22 * 60, 8 * 60).contains(local.astimezone(UTC)) is is_quiet


@given(INSTANTS, QUIET)
def test_the_end_of_quiet_hours_is_the_first_instant_after_them(at: datetime, quiet: QuietHours) -> None:
    if not quiet.contains(at):
        return
    end = quiet.end_after(at)
    assert at < end <= at + timedelta(days=1)
    assert not quiet.contains(end)
    assert quiet.contains(end - timedelta(seconds=1))


@given(INSTANTS, TOPICS_DRAWN, CHOICES)
def test_nothing_is_allowed_in_quiet_hours_but_deadlines_that_she_lets_pass(
    at: datetime, topic: Topic, choices: Choices
) -> None:
    allowed = allowed_at(at, topic=topic, choices=choices)
    passes = choices.urgent_passes and topic in URGENT
    assert at <= allowed <= at + timedelta(days=1)
    assert passes or choices.quiet is None or not choices.quiet.contains(allowed)
    assert allowed_at(allowed, topic=topic, choices=choices) == allowed
    due = due_at(at, topic=topic, choices=choices)
    assert due >= (at if topic in URGENT else at + GATHERED_FOR)
    assert allowed_at(due, topic=topic, choices=choices) == due


@given(TOPICS_DRAWN, CHOICES, INSTANTS)
def test_what_waits_for_the_end_of_quiet_hours_is_still_news_then_unless_it_is_a_deadline(
    topic: Topic, choices: Choices, at: datetime
) -> None:
    if topic in URGENT or topic is Topic.SALE:
        return
    assert due_at(at, topic=topic, choices=choices) - at < fresh_for(topic)


@given(
    st.builds(
        Circumstances,
        topic=TOPICS_DRAWN,
        occurred_at=INSTANTS,
        is_wanted=st.booleans(),
        has_address=st.booleans(),
        is_address_on=st.booleans(),
        is_channel_on=st.booleans(),
        sent_about_subject=st.integers(0, 5),
        sent_today=st.integers(0, 60),
        others_today=st.integers(0, 60),
        choices=CHOICES,
    ),
    st.integers(0, 100),
)
def test_never_more_is_sent_than_she_chose(notice: Circumstances, hours: int) -> None:
    at = notice.occurred_at + timedelta(hours=hours)
    decision = decide(notice, at=at)
    if decision.sends:
        assert notice.is_wanted
        assert notice.has_address
        assert notice.is_address_on
        assert notice.is_channel_on
        assert notice.sent_today < notice.choices.max_per_day
        assert notice.topic in URGENT or notice.others_today < most_others(notice.choices.max_per_day)
        assert notice.sent_about_subject < MAX_REPEATS
        assert at - notice.occurred_at <= fresh_for(notice.topic)
        assert allowed_at(at, topic=notice.topic, choices=notice.choices) == at
    if not notice.is_wanted:
        assert decision.skip is Why.SWITCHED_OFF
    if decision.until is not None:
        assert decision.until > at


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_wanted": False}, Why.SWITCHED_OFF),
        ({"is_channel_on": False}, Why.CHANNEL_OFF),
        ({"has_address": False}, Why.NO_ADDRESS),
        ({"is_address_on": False}, Why.ADDRESS_OFF),
        ({"occurred_at": NOW - timedelta(hours=49)}, Why.TOO_LATE),
        ({"sent_about_subject": MAX_REPEATS}, Why.REPEATED),
        ({"sent_today": 20}, Why.DAILY_LIMIT),
        ({"sent_today": 12, "others_today": 12}, Why.DAILY_LIMIT),
    ],
)
def test_each_reason_not_to_send_is_told(change: dict[str, object], why: Why) -> None:
    assert decide(WANTED, at=NOW).sends
    assert decide(replace(WANTED, **change), at=NOW).skip is why  # type: ignore[arg-type]


def test_a_part_of_the_day_is_kept_for_deadlines_and_reminders() -> None:
    """NOTICE-6."""
    assert [most_others(each) for each in (1, 2, 3, 5, 20, 200)] == [1, 2, 2, 3, 12, 120]
    others_used_up = replace(WANTED, sent_today=12, others_today=12)
    for topic in URGENT:
        assert decide(replace(others_used_up, topic=topic), at=NOW).sends
        assert decide(replace(others_used_up, topic=topic, sent_today=20), at=NOW).skip is Why.DAILY_LIMIT
    assert decide(replace(WANTED, sent_today=19, others_today=11), at=NOW).sends


OUTCOMES = st.builds(Outcome, kind=st.sampled_from(OutcomeKind), code=st.text(max_size=30))


@given(st.lists(OUTCOMES, min_size=1, max_size=12), st.booleans())
def test_every_notice_ends_and_none_is_repeated_after_a_lost_answer_unless_the_provider_drops_it(
    outcomes: list[Outcome], is_deduplicating: bool
) -> None:
    at, lost_at = NOW, None
    for attempt, outcome in enumerate(outcomes, 1):
        assert attempt <= MAX_ATTEMPTS
        if lost_at is not None:
            assert is_deduplicating
            assert at < lost_at + DEDUPLICATED_FOR
        assert may_repeat(is_deduplicating=is_deduplicating, lost_at=lost_at, at=at)
        found = after_attempt(
            outcome, is_deduplicating=is_deduplicating, attempts=attempt, claimed_at=at, lost_at=lost_at, at=at
        )
        assert (found.state is NoticeState.SENT) == (outcome.kind is OutcomeKind.SENT)
        assert len(found.why) <= 60
        if found.state is not NoticeState.WAITING:
            assert found.state in (NoticeState.SENT, NoticeState.FAILED, NoticeState.UNKNOWN)
            if found.lost_at is not None:
                assert found.state is not NoticeState.FAILED or is_deduplicating
            return
        assert found.until is not None
        assert found.until > at
        at, lost_at = found.until, found.lost_at
