"""What people choose: topics and channels, quiet hours, a daily limit, a language (NOTICE-2, NOTICE-4, NOTICE-6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.rules import SIGN_IN_ROLES, Actor, require_roles
from accounts.services.audit import record
from kernel.refusal import Invalid
from notices.models import DeliveryChoice, Preference
from notices.rules import FACES, MAX_PER_DAY, Channel, Choices, QuietHours, Topic, topics_of
from notices.selectors.own import choices_view, wanted_pairs
from notices.sql import lock_choices


class TopicNotYours(Invalid):
    code = "notices.topic_not_yours"
    zh = "这类通知不是给您的：{topic}"
    en = "Your role gets no notices of this topic: {topic}"
    topic: str


class QuietHoursInvalid(Invalid):
    code = "notices.quiet_hours_invalid"
    zh = "免打扰的开始和结束要都填，且不能相同"
    en = "Give both the beginning and the end of the quiet hours, and not the same time for both"


class DailyLimitInvalid(Invalid):
    code = "notices.daily_limit_invalid"
    zh = "每天最多条数要在 1 到 {max_per_day} 之间"
    en = "The daily limit must be between 1 and {max_per_day}"
    max_per_day: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The whole form of a person. `quiet_from` and `quiet_until`: minutes of the day in China, both None for no quiet hours."""

    wanted: Collection[tuple[Topic, Channel]]
    quiet_from: int | None
    quiet_until: int | None
    urgent_passes: bool
    max_per_day: int
    language: str


@transaction.atomic
def choose(*, actor: Actor, chosen: Chosen, now: datetime) -> None:
    """Replace everything that the person who acts chose. What she does not name is switched off.

    The audit log keeps how many pairs changed.

    Refuses topics that are not for her role, quiet hours without one of their ends, and daily limits out of range.
    """
    require_roles(actor, *SIGN_IN_ROLES)
    choices = _choices(chosen)
    own = topics_of(FACES[actor.role])
    for topic, _ in chosen.wanted:
        if topic not in own:
            raise TopicNotYours(topic=topic.value)
    lock_choices(person_id=actor.own_id)
    before, wanted = wanted_pairs(actor.own_id), frozenset(chosen.wanted)
    for topic, channel in before - wanted:
        Preference.objects.filter(person=actor.own_id, topic=topic.value, channel=channel.value, off_at=None).update(
            off_at=now
        )
    Preference.objects.bulk_create(
        Preference(person_id=actor.own_id, topic=topic.value, channel=channel.value, on_at=now)
        for topic, channel in sorted(wanted - before)
    )
    _replace_choices(actor.own_id, choices, now)
    record(
        actor=actor,
        action="notices.choose",
        kind="person",
        subject_id=actor.own_id,
        details={"on": len(wanted - before), "off": len(before - wanted)},
        now=now,
    )


def _choices(chosen: Chosen) -> Choices:
    if not 1 <= chosen.max_per_day <= MAX_PER_DAY:
        raise DailyLimitInvalid(max_per_day=MAX_PER_DAY)
    quiet = None
    if chosen.quiet_from is not None or chosen.quiet_until is not None:
        if chosen.quiet_from is None or chosen.quiet_until is None or chosen.quiet_from == chosen.quiet_until:
            raise QuietHoursInvalid
        quiet = QuietHours(chosen.quiet_from, chosen.quiet_until)
    language = "en" if chosen.language == "en" else "zh"
    return Choices(quiet, chosen.urgent_passes, chosen.max_per_day, language)


def _replace_choices(person_id: int, choices: Choices, now: datetime) -> None:
    row = DeliveryChoice.objects.filter(person=person_id, until_at=None).first()
    if row is not None and choices_view(row) == choices:
        return
    if row is not None:
        DeliveryChoice.objects.filter(pk=row.pk).update(until_at=now)
    DeliveryChoice.objects.create(
        person_id=person_id,
        quiet_from=choices.quiet.from_minute if choices.quiet else None,
        quiet_until=choices.quiet.until_minute if choices.quiet else None,
        urgent_passes=choices.urgent_passes,
        max_per_day=choices.max_per_day,
        language=choices.language,
        from_at=now,
    )
