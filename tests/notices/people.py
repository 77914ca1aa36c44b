"""People who chose notices, and events for them, for the tests of notices."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from notices.models import Address, Notice
from notices.rules import Channel, Topic
from notices.services.choices import Chosen, choose
from tests.builders import NOW, Daigou, Marketplace
from tests.outbox import write_notices

VALUES = {Channel.MAIL: "amy@example.com", Channel.SMS: "13912345678", Channel.WECHAT: "o-amy"}


def wants(
    actor: Actor,
    *pairs: tuple[Topic, Channel],
    quiet: tuple[int, int] | None = None,
    urgent_passes: bool = False,
    max_per_day: int = 20,
    language: str = "zh",
    now: datetime = NOW,
) -> None:
    first, last = quiet or (None, None)
    choose(actor=actor, chosen=Chosen(pairs, first, last, urgent_passes, max_per_day, language), now=now)


def has_address(actor: Actor, channel: Channel, value: str = "") -> None:
    """A verified address; how it is entered is tested in `test_addresses`."""
    Address.objects.create(
        person_id=actor.own_id, channel=channel.value, value=value or VALUES[channel], added_at=NOW, verified_at=NOW
    )


def listener(market: Marketplace, *channels: Channel, topic: Topic = Topic.WISH, **choices: object) -> Daigou:
    """A reseller who wants a topic by channels at which she is reached; the outbox is read up to here."""
    daigou = market.reseller()
    wants(daigou.actor, *[(topic, channel) for channel in channels], **choices)  # type: ignore[arg-type]
    for channel in channels:
        has_address(daigou.actor, channel)
    while write_notices(now=NOW):
        pass
    return daigou


def wish(daigou: Daigou, number: int, *, now: datetime = NOW) -> None:
    """The event of a wish, committed."""
    with transaction.atomic():
        draft = EventDraft(EventKind.WISH_CREATED, number, reseller_id=daigou.id, data={"wish_id": number, "units": 1})
        publish([draft], now=now)


def states() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("state", "why"))
