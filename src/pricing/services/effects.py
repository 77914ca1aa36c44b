"""The effect of a rule before it is entered or withdrawn: the change is written, its effect counted, and rolled back (PRICE-14)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from inventory.selectors.lookups import sku_ids_in_stock, sku_ids_of_brand
from kernel.period import SHANGHAI
from pricing.models import PriceControl
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import ControlFields
from pricing.rules.terms import ListTerms
from pricing.selectors import effects
from pricing.selectors.effects import RuleEffect, compare_loaded_prices, load_prices
from pricing.selectors.price_rules import ONE_DAY, start_of_day
from pricing.services.checks import lock_open_draft
from pricing.services.price_rules import (
    lock_control,
    require_ends_on,
    write_commission,
    write_control,
    write_platform_terms,
)
from pricing.sql.effects import AFTER, BEFORE


@transaction.atomic
def effect_of_control(*, actor: Actor, control: ControlFields, now: datetime) -> RuleEffect:
    """What `create_control` would do to all SKUs of the brand, on the first day of the control.

    Refuses a control that is invalid by itself; SKUs whose price it would break are counted.
    """
    require_roles(actor, Role.OPS)
    return _effect(
        lambda: write_control(actor=actor, control=control, now=now),
        sku_ids_of_brand(control.brand_id),
        max(start_of_day(control.starts_on), now),
    )


@transaction.atomic
def effect_of_withdrawal(*, actor: Actor, control_id: int, now: datetime) -> RuleEffect:
    """What `withdraw_control` would do to all SKUs of its brand, now or when the control would begin."""
    require_roles(actor, Role.OPS)
    row = lock_control(control_id)
    return _effect(_without(row, now), sku_ids_of_brand(row.brand_id), max(start_of_day(row.starts_on), now))


@transaction.atomic
def effect_of_end(*, actor: Actor, control_id: int, ends_on: date, now: datetime) -> RuleEffect:
    """What `end_control` would do to all SKUs of its brand, on the first day after the control has ended."""
    require_roles(actor, Role.OPS)
    row = lock_control(control_id)
    require_ends_on(row, ends_on, now.astimezone(SHANGHAI).date())
    return _effect(_without(row, now), sku_ids_of_brand(row.brand_id), start_of_day(ends_on + ONE_DAY))


@transaction.atomic
def effect_of_platform_terms(*, actor: Actor, terms: ListTerms, from_at: datetime, now: datetime) -> RuleEffect:
    """What `create_platform_terms` would do to SKUs in stock as the terms begin."""
    require_roles(actor, Role.OPS)
    return _effect(
        lambda: write_platform_terms(actor=actor, terms=terms, from_at=from_at, now=now), sku_ids_in_stock(), from_at
    )


@transaction.atomic
def effect_of_commission(*, actor: Actor, commission: CommissionFields, now: datetime) -> RuleEffect:
    """What `create_commission` would do to SKUs in stock as the rate begins."""
    require_roles(actor, Role.OPS)
    return _effect(
        lambda: write_commission(actor=actor, commission=commission, now=now),
        sku_ids_in_stock(commission.brand_id),
        commission.from_at,
    )


@transaction.atomic
def effect_of_adoption(*, actor: Actor, draft_id: int, now: datetime) -> RuleEffect:
    """What `adopt_draft` would do to SKUs in stock, once the last of its rules has begun."""
    require_roles(actor, Role.OPS)
    lock_open_draft(draft_id)
    return effects.effect_of_draft(draft_id, sku_ids=sku_ids_in_stock(), now=now)


def _without(row: PriceControl, now: datetime) -> Callable[[], object]:
    def withdraw() -> None:
        PriceControl.objects.filter(pk=row.pk).update(withdrawn_at=now)

    return withdraw


def _effect(change: Callable[[], object], sku_ids: Sequence[int], at: datetime) -> RuleEffect:
    """Compare prices before and after a change, which is rolled back."""
    load_prices(BEFORE, sku_ids, at)
    with transaction.atomic():
        change()
        load_prices(AFTER, sku_ids, at)
        effect = compare_loaded_prices(at)
        transaction.set_rollback(True)
    return effect
