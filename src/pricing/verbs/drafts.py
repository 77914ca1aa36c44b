"""Drafts: rules that ops tries before they hold (PRICE-13)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import verbs as accounts
from accounts.rules import Actor, Role, require
from kernel.refusal import Conflict
from pricing.models import CommissionRule, PlatformTerms, PriceControl, RuleDraft
from pricing.queries.rulebook import DraftView, NoSuchRule, draft_view, terms_at
from pricing.verbs.checks import require_prices
from pricing.verbs.rulebook import ControlOverlaps, RuleTooLate, require_control_holds, stocked


@dataclass(eq=False)
class DraftClosed(Conflict):
    code = "pricing.draft_closed"
    zh = "草稿 {name} 已启用或已作废"
    en = "The draft {name} was adopted or discarded already"
    name: str


@transaction.atomic
def start_draft(*, actor: Actor, name: str, now: datetime) -> DraftView:
    """A new, empty draft; rules are entered into it by its id."""
    require(actor, Role.OPS)
    row = RuleDraft.objects.create(name=name.strip()[:80] or "草稿", created_at=now, created_by_id=actor.person_id)
    _record(actor, "start_draft", row, now)
    return draft_view(row)


@transaction.atomic
def adopt_draft(*, actor: Actor, draft_id: int, now: datetime) -> DraftView:
    """Let the rules of a draft hold from their own dates on; all of them, or, where one is refused as it would be by itself, none."""
    require(actor, Role.OPS)
    draft = _open_draft(draft_id)
    if PlatformTerms.objects.filter(draft=draft, from_at__lt=now).exists():
        raise RuleTooLate
    if CommissionRule.objects.filter(draft=draft, from_at__lt=now).exists():
        raise RuleTooLate
    controls = list(PriceControl.objects.filter(draft=draft, withdrawn_at=None))
    terms = list(PlatformTerms.objects.filter(draft=draft))
    commissions = list(CommissionRule.objects.filter(draft=draft))
    try:
        with transaction.atomic():
            PlatformTerms.objects.filter(draft=draft).update(draft=None)
            CommissionRule.objects.filter(draft=draft).update(draft=None)
            PriceControl.objects.filter(draft=draft).update(draft=None)
    except IntegrityError as cause:
        if controls:
            raise ControlOverlaps(starts_on=controls[0].starts_on, control_id=None) from cause
        raise RuleTooLate from cause
    for row in controls:
        require_control_holds(row, now)
    for at in {*(row.from_at for row in terms), *(rule.from_at for rule in commissions)}:
        require_prices(stocked(), terms_at(at), at)
    draft.adopted_at = now
    draft.save(update_fields=["adopted_at"])
    _record(actor, "adopt_draft", draft, now)
    return draft_view(draft)


@transaction.atomic
def discard_draft(*, actor: Actor, draft_id: int, now: datetime) -> DraftView:
    """Close a draft; its rules are kept as they were and never hold."""
    require(actor, Role.OPS)
    draft = _open_draft(draft_id)
    draft.discarded_at = now
    draft.save(update_fields=["discarded_at"])
    _record(actor, "discard_draft", draft, now)
    return draft_view(draft)


def _open_draft(draft_id: int) -> RuleDraft:
    draft = RuleDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise NoSuchRule(rule_id=draft_id)
    if draft.adopted_at or draft.discarded_at:
        raise DraftClosed(name=draft.name)
    return draft


def _record(actor: Actor, verb: str, draft: RuleDraft, now: datetime) -> None:
    accounts.record(
        actor=actor,
        verb=f"pricing.{verb}",
        kind="rule_draft",
        subject_id=draft.pk,
        details={"name": draft.name},
        now=now,
    )
