"""What people chose, their addresses, and the log of what was sent to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.rules import Actor, Role, require_roles
from db.rows import view_of
from events.selectors import sentences_of
from kernel.masking import mask_phone
from notices import sql
from notices.models import Address, DeliveryChoice, Notice, Preference
from notices.rules import FACES, Channel, Choices, NoticeFigure, NoticeState, QuietHours, Topic, topics_of
from web.pagination import Page, paginate

FIGURES_OF = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where a channel reaches her, masked. `is_waiting`: a code was sent and not entered yet. `off_code`: why the provider stopped it."""

    channel: Channel
    shown: str
    is_verified: bool
    is_waiting: bool
    off_at: datetime | None
    off_code: str


@dataclass(frozen=True, slots=True)
class LoggedNoticeView:
    """A notice in the log of a person; `zh` and `en` say its event, "—" where that was deleted for its age."""

    id: int
    channel: Channel
    topic: Topic
    state: NoticeState
    why: str
    zh: str
    en: str
    occurred_at: datetime
    due_at: datetime
    attempts: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What a person chose. `topics` are those that exist for her role; `wanted` pairs of topic and channel."""

    topics: tuple[Topic, ...]
    wanted: frozenset[tuple[Topic, Channel]]
    choices: Choices
    addresses: Mapping[Channel, AddressView]


def choices_of(person_ids: Collection[int]) -> dict[int, Choices]:
    """The present choices of those who made some."""
    rows = DeliveryChoice.objects.filter(person__in=person_ids, until_at=None)
    return {row.person_id: choices_view(row) for row in rows}


def choices_view(row: DeliveryChoice) -> Choices:
    has_quiet = row.quiet_from is not None and row.quiet_until is not None
    quiet = QuietHours(row.quiet_from or 0, row.quiet_until or 0) if has_quiet else None
    return Choices(quiet, row.urgent_passes, row.max_per_day, row.language)


def wanted_pairs(person_id: int) -> frozenset[tuple[Topic, Channel]]:
    rows = Preference.objects.filter(person=person_id, off_at=None).values_list("topic", "channel")
    return frozenset((Topic(topic), Channel(channel)) for topic, channel in rows)


def get_settings(actor: Actor, *, at: datetime) -> SettingsView:
    """What the person who acts chose."""
    rows = Address.objects.filter(person=actor.own_id)
    return SettingsView(
        topics=topics_of(FACES[actor.role]),
        wanted=wanted_pairs(actor.own_id),
        choices=choices_of([actor.own_id]).get(actor.own_id, Choices()),
        addresses={Channel(row.channel): _address_view(row, at) for row in rows},
    )


def list_own_notices(actor: Actor, *, state: str = "", cursor: str = "", limit: int = 50) -> Page[LoggedNoticeView]:
    """What was sent to the person who acts outside the pages, or not, the newest first."""
    rows = Notice.objects.filter(person=actor.own_id)
    if state:
        rows = rows.filter(state=state)
    page = paginate(
        rows, name=f"notices.own:{actor.own_id}", order=("-id",), cursor=cursor, limit=limit, view=lambda row: row
    )
    said = sentences_of({row.event_id for row in page.items})
    return Page([_notice_view(row, *said.get(row.event_id, ("—", "—"))) for row in page.items], page.next_cursor)


def list_switched_off(person_id: int, *, at: datetime) -> list[AddressView]:
    """Her addresses that a provider has switched off, so that nothing reaches her there (NOTICE-11)."""
    rows = Address.objects.filter(person=person_id, off_at__isnull=False).order_by("channel")
    return [_address_view(row, at) for row in rows]


def list_figures(actor: Actor, *, at: datetime) -> list[NoticeFigure]:
    """How many notices of the last 30 days there are by day, channel, state and reason, for ops and finance."""
    require_roles(actor, Role.OPS, Role.FINANCE)
    return sql.figures(since=at - FIGURES_OF)


def _address_view(row: Address, at: datetime) -> AddressView:
    return AddressView(
        channel=Channel(row.channel),
        shown=masked_address(Channel(row.channel), row.value),
        is_verified=row.verified_at is not None,
        is_waiting=row.verified_at is None and row.code_expires_at is not None and row.code_expires_at > at,
        off_at=row.off_at,
        off_code=row.off_code,
    )


def masked_address(channel: Channel, value: str) -> str:
    """13912345678 → 139****5678, amy@example.com → a***@example.com; of an openid the last four characters."""
    match channel:
        case Channel.SMS:
            return mask_phone(value)
        case Channel.MAIL:
            name, _, domain = value.rpartition("@")
            return f"{name[:1]}***@{domain}"
        case Channel.WECHAT:
            return f"***{value[-4:]}"


def _notice_view(row: Notice, zh: str, en: str) -> LoggedNoticeView:
    return view_of(
        LoggedNoticeView,
        row,
        channel=Channel(row.channel),
        topic=Topic(row.topic),
        state=NoticeState(row.state),
        zh=zh,
        en=en,
    )
