"""Freezing a price list: the prices of a sale for all its SKUs and tiers, never changed afterwards (PRICE-11)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services import audit
from kernel.refusal import Conflict
from pricing.models import PriceList
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_lists import PriceListView, get_price_list
from pricing.selectors.price_rules import terms_at
from pricing.services.checks import load_checked_inputs, require_valid_terms
from pricing.sql.compute_prices import count_inputs, insert_list_items, insert_list_rows, quote_parameters


class NothingToPrice(Conflict):
    code = "pricing.nothing_to_price"
    zh = "没有可定价的商品：{requested} 个商品中 {excluded} 个因控价被排除"
    en = "There is nothing to price: of {requested} goods, price controls exclude {excluded}"
    requested: int
    excluded: int


@transaction.atomic
def freeze_price_list(
    *, actor: Actor, sku_ids: Sequence[int], terms: SaleTerms, at: datetime, now: datetime
) -> PriceListView:
    """Compute and freeze the prices of these SKUs for all tiers, by the rules as they stand and the instant `at`, the sale's start.

    Refuses terms that are wrong and SKUs whose prices break a rule, naming both. SKUs that a control excludes have no price in the list.
    """
    require_roles(actor, Role.OPS)
    resolved = terms_at(at, terms)
    require_valid_terms(resolved)
    parameters = quote_parameters(sku_ids, resolved, at)
    load_checked_inputs(parameters)
    skus, excluded = count_inputs()
    priced = skus - excluded
    if not priced:
        raise NothingToPrice(requested=len(sku_ids), excluded=excluded)
    frozen = PriceList.objects.create(
        frozen_at=now,
        at=at,
        terms={"resolved": resolved.to_json(), "sale": terms.to_json()},
        priced=priced,
        excluded=excluded,
        frozen_by_id=actor.person_id,
    )
    insert_list_items(list_id=frozen.pk)
    insert_list_rows(parameters, list_id=frozen.pk)
    audit.record(
        actor=actor,
        action="pricing.freeze_price_list",
        kind="price_list",
        subject_id=frozen.pk,
        details={"priced": priced, "excluded": excluded},
        now=now,
    )
    return get_price_list(frozen.pk)
