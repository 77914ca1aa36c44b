"""The freeze: a sale's price list for all its SKUs and tiers, computed by set and never changed afterwards (PRICE-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require
from accounts.services import audit
from db import sql
from kernel.refusal import Conflict
from pricing.models import PriceList
from pricing.rules.terms import SaleTerms
from pricing.selectors.engine import write_list
from pricing.selectors.price_lists import PriceListView, price_list
from pricing.selectors.price_rules import terms_at
from pricing.services.checks import require_prices, require_sound


@dataclass(eq=False)
class NothingToPrice(Conflict):
    code = "pricing.nothing_to_price"
    zh = "没有可定价的商品：{asked} 个商品中 {excluded} 个因控价被排除"
    en = "There is nothing to price: of {asked} goods, price controls exclude {excluded}"
    asked: int
    excluded: int


@transaction.atomic
def freeze_price_list(
    *, actor: Actor, sku_ids: Sequence[int], terms: SaleTerms, at: datetime, now: datetime
) -> PriceListView:
    """Compute and freeze the prices of these SKUs for all tiers, by the rules as they stand and the instant `at`, the sale's start.

    Refuses terms and goods whose prices break a rule, naming both; goods that a control excludes are left out and listed.
    """
    require(actor, Role.OPS)
    resolved = terms_at(at, terms)
    require_sound(resolved)
    parameters = require_prices(sku_ids, resolved, at)
    counts = sql.rows(
        "SELECT count(*) AS all_goods, count(*) FILTER (WHERE excluded) AS excluded FROM pricing_found", {}
    )[0]
    priced = counts["all_goods"] - counts["excluded"]
    if not priced:
        raise NothingToPrice(asked=len(sku_ids), excluded=counts["excluded"])
    frozen = PriceList.objects.create(
        frozen_at=now,
        at=at,
        terms={"resolved": resolved.to_json(), "sale": terms.to_json()},
        priced=priced,
        excluded=counts["excluded"],
        frozen_by_id=actor.person_id,
    )
    write_list(parameters, frozen.pk)
    audit.record(
        actor=actor,
        action="pricing.freeze_price_list",
        kind="price_list",
        subject_id=frozen.pk,
        details={"priced": priced, "excluded": counts["excluded"]},
        now=now,
    )
    return price_list(frozen.pk)
