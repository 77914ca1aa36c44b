"""Asking for a rehearsal, and cancelling it (REHEARSAL-1)."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from db.errors import constraint_of
from flashsales.rules import Phase
from flashsales.selectors.sales import find_sale_that_is_live, get_sale
from kernel.refusal import Conflict, Invalid
from rehearsals.models import Rehearsal
from rehearsals.rules import (
    MAX_BUYERS,
    MAX_SECONDS,
    MAX_WEB_PROCESSES,
    OPEN_STATES,
    QUIET_BEFORE_SALE,
    Curve,
    RehearsalState,
)
from rehearsals.selectors import NoSuchRehearsal, RehearsalView, rehearsal_view


class SaleIsLive(Conflict):
    code = "rehearsals.sale_is_live"
    zh = "专场“{title}”正在进行或 {minutes} 分钟内开场，不能在这台机器上演练；可以在用备份恢复的另一台机器上演练"
    en = "The sale “{title}” is live or opens within {minutes} minutes: rehearse on another machine, on a restored backup"
    title: str
    minutes: int


class SaleNotScheduled(Conflict):
    code = "rehearsals.sale_not_scheduled"
    zh = "只能演练已发布、还没开场的专场；这一场是：{phase}"
    en = "Only a published sale that has not opened can be rehearsed; this one is: {phase}"
    phase: str


class RehearsalInProgress(Conflict):
    code = "rehearsals.in_progress"
    zh = "已有一次演练在等待或进行中，请等它结束或先取消它"
    en = "A rehearsal is waiting or running already; wait for its end or cancel it"


class BadSize(Invalid):
    code = "rehearsals.bad_size"
    zh = "买家 1 到 {max_buyers} 人，时长 1 到 {max_seconds} 秒，网页进程 1 到 {max_processes} 个"
    en = "1 to {max_buyers} buyers, 1 to {max_seconds} seconds, 1 to {max_processes} web processes"
    max_buyers: int
    max_seconds: int
    max_processes: int


def request_rehearsal(
    *,
    actor: Actor,
    sale_id: int,
    buyers: int,
    seconds: int,
    curve: Curve,
    web_processes: int,
    now: datetime,
    seed: int | None = None,
) -> RehearsalView:
    """Ask for a rehearsal of a scheduled sale; a worker runs it. Refused while a sale is live or about to open, and while one is open.

    The same `seed` gives the same buyers; without one it is chosen.
    """
    require_roles(actor, Role.OPS)
    sale = get_sale(sale_id, at=now)
    if not (1 <= buyers <= MAX_BUYERS and 1 <= seconds <= MAX_SECONDS and 1 <= web_processes <= MAX_WEB_PROCESSES):
        raise BadSize(max_buyers=MAX_BUYERS, max_seconds=MAX_SECONDS, max_processes=MAX_WEB_PROCESSES)
    if sale.phase not in (Phase.WAITING, Phase.PREVIEW):
        raise SaleNotScheduled(phase=sale.phase.value)
    live = find_sale_that_is_live(at=now, opening_within=QUIET_BEFORE_SALE)
    if live is not None:
        raise SaleIsLive(title=live.title, minutes=int(QUIET_BEFORE_SALE.total_seconds() // 60))
    try:
        with transaction.atomic():
            row = Rehearsal.objects.create(
                sale_id=sale_id,
                buyers=buyers,
                seconds=seconds,
                curve=curve.value,
                web_processes=web_processes,
                seed=secrets.randbelow(2**31) if seed is None else seed,
                requested_by_id=actor.own_id,
                requested_at=now,
            )
            _record(actor, "rehearsals.request", row, now)
    except IntegrityError as error:
        if constraint_of(error) != "rehearsal_one_at_a_time":
            raise
        raise RehearsalInProgress from error
    return rehearsal_view(row)


@transaction.atomic
def cancel_rehearsal(*, actor: Actor, rehearsal_id: int, now: datetime) -> RehearsalView:
    """Cancel a rehearsal; its worker ends it within seconds. One that has ended stays as it is."""
    require_roles(actor, Role.OPS)
    row = Rehearsal.objects.select_for_update().filter(pk=rehearsal_id).first()
    if row is None:
        raise NoSuchRehearsal(rehearsal_id=rehearsal_id)
    if row.state in {each.value for each in OPEN_STATES}:
        row.state, row.ended_at, row.lease_until, row.step = RehearsalState.CANCELLED.value, now, None, ""
        row.save(update_fields=["state", "ended_at", "lease_until", "step"])
        _record(actor, "rehearsals.cancel", row, now)
    return rehearsal_view(row)


def _record(actor: Actor, action: str, row: Rehearsal, now: datetime) -> None:
    details = {"rehearsal": row.pk, "buyers": row.buyers, "seconds": row.seconds, "curve": row.curve}
    audit.record(actor=actor, action=action, kind="sale", subject_id=row.sale_id, details=details, now=now)
