# ruff: noqa: S608 - statements are composed of constants of this package; every value is a parameter
"""The checks of frozen price lists (INTEGRITY-3): each is complete, and the rules compute each row again from what the list kept."""

from collections.abc import Iterator

from kernel.integrity import Check, ComputedCheck, Read, Violation
from membership.rules.tiers import TIER_COUNT
from pricing.models import PriceList, PriceListItem, PriceListRow
from pricing.rules.quote import Quote, quotes_of_all_tiers
from pricing.rules.terms import ROUNDED_APART, ListTerms
from pricing.selectors.price_lists import frozen_inputs
from pricing.sql.compute_prices import COMPUTED_PRICES, INPUTS_FROM_RESOLVED, quote_parameters

BATCH = 2000

_LISTS_BY_TERMS = """
SELECT array_agg(t.id ORDER BY t.id) AS lists FROM pricing_pricelist t
WHERE changed_price_lists(t.id)
GROUP BY t.terms #> '{resolved,discounts}', t.terms #> '{resolved,margin_rate}', t.terms #> '{resolved,ending}',
         t.terms #> '{resolved,rounding}'
"""

# The same statements as those of the freeze. A differential test compares them with `pricing.rules.quote`.
_DIFFERENT_ROWS = (
    """
    WITH resolved_inputs AS (
        SELECT i.price_list_id, i.sku_id, i.tag_price_fen, i.base_price_fen, i.commission_rate, i.floor_fen, i.action, i.cut_rate
        FROM pricing_pricelistitem i
        WHERE i.price_list_id = ANY(%(lists)s) AND NOT i.excluded AND changed_price_items(i.id)
    ),
    """
    + INPUTS_FROM_RESOLVED.replace("MATERIALIZED ", "")
    + ", "
    + COMPUTED_PRICES.format(inputs="inputs").replace("MATERIALIZED ", "")
    + """
    SELECT r.id, r.wholesale_fen || ' fen (' || r.labelling || ', floor ' || coalesce(r.retail_floor_fen::text, 'none') || ')' AS actual,
           CASE WHEN c.excluded OR c.broken IS NOT NULL THEN 'no price'
                ELSE c.wholesale_fen || ' (' || CASE WHEN c.cut THEN 'cut' ELSE 'kept' END || ', floor '
                     || coalesce(c.retail_floor_fen::text, 'none') || ')' END AS expected
    FROM checked c
    JOIN pricing_pricelistrow r ON r.price_list_id = c.price_list_id AND r.sku_id = c.sku_id AND r.tier = c.tier
    WHERE c.excluded OR c.broken IS NOT NULL
       OR (r.wholesale_fen, r.labelling, r.lowest_fen, r.brand_payable_fen, r.commission_fen, r.tag_price_fen, r.base_price_fen)
          <> (c.wholesale_fen, CASE WHEN c.cut THEN 'cut' ELSE 'kept' END, c.lowest_fen, c.payable_fen, c.wholesale_fen - c.payable_fen,
              c.tag_price_fen, c.base_price_fen)
       OR r.retail_floor_fen IS DISTINCT FROM c.retail_floor_fen
    LIMIT 1000
    """
)

_WRONGLY_EXCLUDED = (
    """
    WITH resolved_inputs AS (
        SELECT i.id, i.price_list_id, i.sku_id, i.tag_price_fen, i.base_price_fen, i.commission_rate, i.floor_fen, i.action, i.cut_rate
        FROM pricing_pricelistitem i
        WHERE i.price_list_id = ANY(%(lists)s) AND i.excluded AND changed_price_items(i.id)
    ),
    """
    + INPUTS_FROM_RESOLVED
    + "SELECT id FROM inputs WHERE NOT excluded LIMIT 1000"
)


def _find_wrong_rows(read: Read) -> Iterator[Violation]:
    """Rows that the rules compute differently, for all lists of the same terms at once."""
    for group in read(_LISTS_BY_TERMS, {}):
        lists: list[int] = group["lists"]
        terms = ListTerms.from_json(PriceList.objects.get(pk=lists[0]).terms["resolved"])
        if terms.rounding == ROUNDED_APART:
            yield from _find_wrong_rows_rounded_apart(lists)
            continue
        parameters = quote_parameters([], terms, PriceList.objects.get(pk=lists[0]).at).values(lists=lists)
        for row in read(_DIFFERENT_ROWS, parameters):
            what = f"it is {row['actual']}, the rules give {row['expected']}"
            yield Violation(3, "pricing_pricelistrow", row["id"], what, "pricing.rules")
        for row in read(_WRONGLY_EXCLUDED, parameters):
            what = "its SKU is excluded, by the rules it is not"
            yield Violation(3, "pricing_pricelistitem", row["id"], what, "pricing.rules")


def _find_wrong_rows_rounded_apart(lists: list[int]) -> Iterator[Violation]:
    """Lists of the first rounding version, computed in Python SKU by SKU."""
    for frozen in PriceList.objects.filter(pk__in=lists).order_by("pk").iterator(BATCH):
        terms = ListTerms.from_json(frozen.terms["resolved"])
        rows = PriceListRow.objects.filter(price_list=frozen).order_by("sku_id", "tier").iterator(BATCH)
        row = next(rows, None)
        for item in PriceListItem.objects.filter(price_list=frozen).order_by("sku_id").iterator(BATCH):
            quotes = quotes_of_all_tiers(frozen_inputs(item), terms)
            while row is not None and row.sku_id <= item.sku_id:
                if (
                    row.sku_id == item.sku_id
                    and row.tier < TIER_COUNT
                    and _amounts(row) != _expected_amounts(quotes[row.tier], item)
                ):
                    expected = quotes[row.tier]
                    due = f"{expected.wholesale_fen} ({expected.labelling})"
                    what = f"it is {row.wholesale_fen} fen ({row.labelling}), the rules give {due}"
                    yield Violation(3, "pricing_pricelistrow", row.pk, what, "pricing.rules")
                row = next(rows, None)
            if item.excluded and not quotes[0].excluded:
                what = "its SKU is excluded, by the rules it is not"
                yield Violation(3, "pricing_pricelistitem", item.pk, what, "pricing.rules")


def _amounts(row: PriceListRow) -> tuple[object, ...]:
    return (
        row.wholesale_fen,
        row.labelling,
        row.retail_floor_fen,
        row.lowest_fen,
        row.brand_payable_fen,
        row.commission_fen,
        row.tag_price_fen,
        row.base_price_fen,
        False,
    )


def _expected_amounts(quote: Quote, item: PriceListItem) -> tuple[object, ...]:
    return (
        quote.wholesale_fen,
        quote.labelling.value,
        quote.retail_floor_fen,
        quote.lowest_fen,
        quote.brand_payable_fen,
        quote.commission_fen,
        item.tag_price_fen,
        item.base_price_fen,
        quote.excluded or quote.broken is not None,
    )


CHECKS = (
    Check(
        "pricing.tiers",
        3,
        "pricing_pricelistitem",
        "its SKU has {actual} prices, not {expected}: one for each tier, none where it is excluded",
        """
        SELECT i.id, coalesce(r.tiers, 0) AS actual, d.expected FROM pricing_pricelistitem i
        LEFT JOIN (SELECT r.price_list_id, r.sku_id, count(*) AS tiers FROM pricing_pricelistrow r
                   WHERE changed_price_lists(r.price_list_id) GROUP BY 1, 2) r
               ON r.price_list_id = i.price_list_id AND r.sku_id = i.sku_id
        CROSS JOIN LATERAL (SELECT CASE WHEN i.excluded THEN 0 ELSE 6 END AS expected) AS d
        WHERE changed_price_items(i.id) AND coalesce(r.tiers, 0) <> d.expected
        """,
    ),
    Check(
        "pricing.skus",
        3,
        "pricing_pricelistrow",
        "it is a price of SKU {sku_id}, which list {price_list_id} does not have",
        """
        SELECT r.id, r.sku_id, r.price_list_id FROM pricing_pricelistrow r
        LEFT JOIN pricing_pricelistitem i ON i.price_list_id = r.price_list_id AND i.sku_id = r.sku_id
        WHERE changed_price_rows(r.id) AND i.id IS NULL
        """,
    ),
    Check(
        "pricing.counts",
        3,
        "pricing_pricelist",
        "it says {priced} SKUs are priced and {excluded} excluded, {actual} and {actual_excluded} are",
        """
        SELECT t.id, t.priced, t.excluded, coalesce(i.priced, 0) AS actual, coalesce(i.excluded, 0) AS actual_excluded
        FROM pricing_pricelist t
        LEFT JOIN (SELECT i.price_list_id, count(*) FILTER (WHERE NOT i.excluded) AS priced,
                          count(*) FILTER (WHERE i.excluded) AS excluded
                   FROM pricing_pricelistitem i WHERE changed_price_lists(i.price_list_id) GROUP BY 1) i ON i.price_list_id = t.id
        WHERE changed_price_lists(t.id) AND (t.priced, t.excluded) <> (coalesce(i.priced, 0), coalesce(i.excluded, 0))
        """,
    ),
    ComputedCheck("pricing.rules", _find_wrong_rows),
)

CHANGED_IDS = {
    "price_lists": """
        SELECT t.id FROM pricing_pricelist t WHERE new(t)
        UNION SELECT i.price_list_id FROM pricing_pricelistitem i WHERE new(i)
        UNION SELECT r.price_list_id FROM pricing_pricelistrow r WHERE new(r)
    """,
    "price_items": """
        SELECT i.id FROM pricing_pricelistitem i WHERE new(i)
        UNION SELECT i.id FROM pricing_pricelistrow r
              JOIN pricing_pricelistitem i ON i.price_list_id = r.price_list_id AND i.sku_id = r.sku_id WHERE new(r)
        UNION SELECT i.id FROM pricing_pricelist t JOIN pricing_pricelistitem i ON i.price_list_id = t.id WHERE new(t)
    """,
    "price_rows": "SELECT r.id FROM pricing_pricelistrow r WHERE new(r)",
}

TABLES_WITHOUT_DELETES = ("pricing_pricelist", "pricing_pricelistitem", "pricing_pricelistrow")
