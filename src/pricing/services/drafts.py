"""Drafts: rules that ops tries before they are in force (PRICE-13)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from inventory.selectors.lookups import sku_ids_in_stock
from pricing.models import CommissionRule, PlatformTerms, PriceControl, RuleDraft
from pricing.selectors.price_rules import DraftView, draft_view, rule_changes_after, terms_at
from pricing.services.checks import check_prices, lock_open_draft
from pricing.services.price_rules import InvalidRuleStart, OverlappingControl, check_control


@transaction.atomic
def start_draft(*, actor: Actor, name: str, now: datetime) -> DraftView:
    """A new, empty draft; rules are entered into it by its id."""
    require_roles(actor, Role.OPS)
    row = RuleDraft.objects.create(name=name.strip()[:80] or "草稿", created_at=now, created_by_id=actor.person_id)
    _record(actor, "start_draft", row, now)
    return draft_view(row)


@transaction.atomic
def adopt_draft(*, actor: Actor, draft_id: int, now: datetime) -> DraftView:
    """Put the rules of a draft in force from their own dates on, those with a past date from now on (PRICE-13).

    All of them or, where one is refused as it would be by itself, none."""
    require_roles(actor, Role.OPS)
    draft = lock_open_draft(draft_id)
    controls = list(PriceControl.objects.filter(draft=draft, withdrawn_at=None))
    try:
        with transaction.atomic():
            PlatformTerms.objects.filter(draft=draft, from_at__lt=now).update(from_at=now)
            CommissionRule.objects.filter(draft=draft, from_at__lt=now).update(from_at=now)
            instants = {
                *PlatformTerms.objects.filter(draft=draft).values_list("from_at", flat=True),
                *CommissionRule.objects.filter(draft=draft).values_list("from_at", flat=True),
            }
            PlatformTerms.objects.filter(draft=draft).update(draft=None)
            CommissionRule.objects.filter(draft=draft).update(draft=None)
            PriceControl.objects.filter(draft=draft).update(draft=None)
    except IntegrityError as cause:
        if controls:
            raise OverlappingControl(starts_on=controls[0].starts_on, control_id=None) from cause
        raise InvalidRuleStart from cause
    for row in controls:
        check_control(row, now)
    for at in sorted(instants):
        check_prices(sku_ids_in_stock(), terms_at(at), at)
    for at, brand_id in rule_changes_after(min(instants)) if instants else []:
        check_prices(sku_ids_in_stock(brand_id), terms_at(at), at)
    draft.adopted_at = now
    draft.save(update_fields=["adopted_at"])
    _record(actor, "adopt_draft", draft, now)
    return draft_view(draft)


@transaction.atomic
def discard_draft(*, actor: Actor, draft_id: int, now: datetime) -> DraftView:
    """Close a draft. Its rules are kept and never are in force."""
    require_roles(actor, Role.OPS)
    draft = lock_open_draft(draft_id)
    draft.discarded_at = now
    draft.save(update_fields=["discarded_at"])
    _record(actor, "discard_draft", draft, now)
    return draft_view(draft)


def _record(actor: Actor, action: str, draft: RuleDraft, now: datetime) -> None:
    audit.record(
        actor=actor,
        action=f"pricing.{action}",
        kind="rule_draft",
        subject_id=draft.pk,
        details={"name": draft.name},
        now=now,
    )
