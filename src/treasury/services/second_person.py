"""Who counts as a second person (MONEY-2).

Nobody approves who has lately arranged who enters or who else could approve, or whom the same person arranged as who enters.
"""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role
from accounts.selectors import arranger_ids, person_ids_acted_on, person_ids_of
from kernel.refusal import Forbidden

_ADDING = frozenset({"accounts.add_person", "accounts.reactivate", "accounts.issue_password_link"})
"""After these acts on a person somebody may be able to sign in as her."""
_REMOVING = frozenset({"accounts.deactivate", "accounts.issue_password_link"})
"""After these acts on a person in finance she may be unable to approve."""


class ArrangedEntry(Forbidden):
    code = "treasury.arranged_entry"
    zh = "录入的人是您最近 {days} 天内添加、恢复或重设密码的，须由另一人复核"
    en = "You added, reactivated or gave a new password to the person who entered it in the last {days} days; somebody else approves it"
    days: int


class ArrangedBoth(Forbidden):
    code = "treasury.arranged_both"
    zh = "录入的人和您最近 {days} 天内由同一人添加、恢复或重设过密码，须由另一人复核"
    en = "One person added or gave new passwords to both you and who entered it in the last {days} days; somebody else approves it"
    days: int


class ArrangedFinance(Forbidden):
    code = "treasury.arranged_finance"
    zh = "您最近 {days} 天内停用过财务的账号或重设过其密码，须由另一人复核"
    en = "You deactivated or gave a new password to somebody in finance in the last {days} days; somebody else approves it"
    days: int


def require_independent(actor: Actor, *, entered_by: Collection[int], now: datetime) -> None:
    """Refuse where one person could have signed in as both who approves and one of those who entered, or has removed people of finance."""
    days, since = settings.SECOND_PERSON_COOL_DOWN.days, now - settings.SECOND_PERSON_COOL_DOWN
    if person_ids_acted_on(actor, actions=_ADDING, since=since) & set(entered_by):
        raise ArrangedEntry(days=days)
    approving = arranger_ids({actor.own_id}, actions=_ADDING, since=since)
    if approving & arranger_ids(set(entered_by), actions=_ADDING, since=since):
        raise ArrangedBoth(days=days)
    removed = person_ids_acted_on(actor, actions=_REMOVING, since=since)
    if person_ids_of(Role.FINANCE, among=removed):
        raise ArrangedFinance(days=days)
