"""The checks of sales: units of sale items, windows, frozen prices, tallies and limits (INTEGRITY-1, 3, 5, 7)."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from accounts.selectors import audit_entries_sql
from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from flashsales.rules.head_start import MAX_HEAD_START
from flashsales.selectors.draw_integrity import DRAW_CHECKS
from flashsales.selectors.job_integrity import JOB_CHECKS
from flashsales.sql.item_prices import ITEM_PRICES
from inventory.selectors.integrity import movement_ids_sql
from kernel.integrity import Check, fault_check, sum_check
from membership.rules.tiers import TIER_COUNT

_NEW_LIMITS = audit_entries_sql("flashsales.set_limits", "sale")

_ITEMS = (
    Check(
        "flashsales.units",
        1,
        "flashsales_saleitem",
        "allotted {allotted} is not available {available} + held {held} + sold {sold}, or one is negative",
        """
        SELECT i.id, i.allotted, i.available, i.held, i.sold FROM flashsales_saleitem i
        WHERE changed_items(i.id)
          AND (i.allotted <> i.available + i.held + i.sold OR least(i.available, i.held, i.sold, i.returned) < 0)
        """,
    ),
    sum_check(
        "flashsales.bound",
        1,
        "inventory_sku",
        "allotted {allotted}, and sales hold {expected} unsold units of it",
        "allotted",
        "SELECT sku_id, available + held FROM flashsales_saleitem WHERE changed_skus(sku_id)",
        "changed_skus(t.id)",
    ),
    fault_check(
        "flashsales.item_rows",
        7,
        "flashsales_saleitem",
        "i LEFT JOIN flashsales_sale s ON s.id = i.sale_id LEFT JOIN inventory_sku k ON k.id = i.sku_id",
        """
        WHEN s.id IS NULL THEN 'there is no sale ' || i.sale_id
        WHEN k.id IS NULL THEN 'there is no SKU ' || i.sku_id
        WHEN k.brand_id <> s.brand_id THEN 'its SKU is of brand ' || k.brand_id || ', its sale of brand ' || s.brand_id
        WHEN k.style_id <> i.style_id THEN 'its SKU is of style ' || k.style_id || ', it says style ' || i.style_id
        WHEN s.published_at IS NULL AND (i.allotted, i.returned) <> (0, 0) THEN 'units are bound to it, and its sale was not published'
        WHEN s.published_at IS NOT NULL AND i.planned < i.available + i.held + i.sold + i.returned
            THEN i.planned || ' units were planned, and more are available, held, sold or returned'
        WHEN s.closed_at IS NOT NULL AND i.available > 0 THEN i.available || ' units are available, and its sale is closed'
        WHEN s.closed_at IS NULL AND i.returned > coalesce((SELECT -sum(m.allotted_delta) FROM inventory_movement m
                                                            WHERE m.sku_id = i.sku_id AND m.kind = 'resent'), 0)
            THEN i.returned || ' units went back, and its sale is not closed'
        """,
        "changed_items(i.id)",
    ),
    Check(
        "flashsales.window",
        5,
        "flashsales_saleitem",
        "its window is {sale_window}, that of its sale {expected}",
        """
        SELECT i.id, i.sale_window::text AS sale_window, e.expected::text AS expected
        FROM flashsales_saleitem i JOIN flashsales_sale s ON s.id = i.sale_id
        CROSS JOIN LATERAL (SELECT CASE WHEN s.state = 'published' THEN tstzrange(s.starts_at, s.ends_at, '[)') END AS expected) e
        WHERE changed_items(i.id) AND i.sale_window IS DISTINCT FROM e.expected
        """,
    ),
    Check(
        "flashsales.one_sale",
        5,
        "flashsales_saleitem",
        "its SKU is also on sale as sale item {other}",
        """
        SELECT a.id, b.id AS other FROM flashsales_saleitem a JOIN flashsales_saleitem b
        ON b.sku_id = a.sku_id AND b.id > a.id AND b.sale_window && a.sale_window
        WHERE changed_skus(a.sku_id)
        """,
    ),
    Check(
        "flashsales.price",
        3,
        "flashsales_saleitem",
        "the price list {price_list_id} of its sale has no price of it",
        """
        SELECT i.id, s.price_list_id FROM flashsales_saleitem i
        JOIN flashsales_sale s ON s.id = i.sale_id
        LEFT JOIN pricing_pricelistitem p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND NOT p.excluded
        WHERE changed_items(i.id) AND s.state = 'published' AND p.id IS NULL
        """,
    ),
    Check(
        "flashsales.movement",
        7,
        "inventory_movement",
        "{kind} of {units} units of SKU {sku_id} for {cause}, in which no such units are",
        """
        SELECT m.id, m.kind, abs(m.allotted_delta) AS units, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN flashsales_saleitem i ON i.sku_id = m.sku_id AND m.cause = 'sale:' || i.sale_id
        LEFT JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE changed_movements(m.id) AND (m.kind = 'allot' OR (m.kind = 'return' AND m.cause LIKE 'sale:%%'))
          AND NOT coalesce(s.published_at IS NOT NULL AND (m.kind = 'allot' OR s.closed_at IS NOT NULL), false)
        """,
    ),
)

_SALES = (
    Check(
        "flashsales.sale_state",
        3,
        "flashsales_sale",
        "it is {state}, from {starts_at} to {ends_at}, published at {published_at}, closed at {closed_at}, price list {price_list_id}",
        """
        SELECT s.id, s.state, s.starts_at, s.ends_at, s.published_at, s.closed_at, s.price_list_id FROM flashsales_sale s
        WHERE NOT (s.starts_at < s.ends_at AND s.preview_at <= s.starts_at
            AND (s.published_at IS NULL) = (s.price_list_id IS NULL)
            AND CASE s.state
                WHEN 'draft' THEN s.published_at IS NULL AND s.closed_at IS NULL
                WHEN 'published' THEN s.published_at < s.ends_at AND coalesce(s.closed_at >= s.ends_at, true)
                WHEN 'cancelled' THEN (s.closed_at IS NULL) = (s.published_at IS NULL)
                ELSE false END)
        """,
    ),
    Check(
        "flashsales.head_start",
        3,
        "flashsales_sale",
        "its tiers wait {opening_delays} minutes for their opening",
        """
        SELECT s.id, s.opening_delays::text AS opening_delays FROM flashsales_sale s
        WHERE s.opening_delays IS NOT NULL AND NOT (
            cardinality(s.opening_delays) = %(tiers)s AND s.opening_delays[%(tiers)s] = 0 AND s.opening_delays[1] BETWEEN 1 AND %(max)s
            AND s.opening_delays = ARRAY(SELECT delay FROM unnest(s.opening_delays) AS delay ORDER BY delay DESC))
        """,
        {"tiers": TIER_COUNT, "max": MAX_HEAD_START},
    ),
    # Resellers who are admitted one after another at a rate: two admissions are an interval apart.
    Check(
        "flashsales.admission",
        3,
        "flashsales_roomticket",
        "it is admitted at {admitted_from}, the one before it in sale {sale_id} at {before_at}, and {rate} are admitted per second",
        """
        SELECT t.id, t.sale_id, t.admitted_from, t.before_at, r.rate FROM (
            SELECT id, sale_id, admitted_from, lag(admitted_from) OVER (PARTITION BY sale_id ORDER BY admitted_from, id) AS before_at
            FROM flashsales_roomticket WHERE changed_sales(sale_id) AND admitted_from IS NOT NULL
        ) t JOIN flashsales_waitingroom r ON r.sale_id = t.sale_id
        WHERE t.admitted_from - t.before_at < interval '1 microsecond' * ceil(1000000.0 / r.rate)
        """,
    ),
    fault_check(
        "flashsales.room_ticket",
        7,
        "flashsales_roomticket",
        "t JOIN flashsales_sale s ON s.id = t.sale_id LEFT JOIN flashsales_waitingroom r ON r.sale_id = t.sale_id",
        """
        WHEN r.sale_id IS NULL THEN 'its sale ' || t.sale_id || ' has no waiting room'
        WHEN s.published_at IS NULL THEN 'its sale is a draft'
        WHEN t.admitted_from < t.opens_at THEN 'it is admitted before ' || t.opens_at || ', when the sale opens for its reseller'
        WHEN r.next_admission_at IS NULL AND t.admitted_from IS NOT NULL THEN 'it has a place, and the room has given none'
        WHEN r.next_admission_at <= t.admitted_from THEN 'the next one may come at ' || r.next_admission_at || ', before it'
        """,
        "changed_sales(t.sale_id)",
    ),
    Check(
        "flashsales.rerun",
        7,
        "flashsales_sale",
        "it is a rerun of sale {rerun_of_id}, which is of another brand or has not ended",
        """
        SELECT s.id, s.rerun_of_id FROM flashsales_sale s LEFT JOIN flashsales_sale b ON b.id = s.rerun_of_id
        WHERE s.rerun_of_id IS NOT NULL AND (b.brand_id IS DISTINCT FROM s.brand_id OR b.closed_at IS NULL)
        """,
    ),
    Check(
        "flashsales.price_list",
        3,
        "flashsales_sale",
        "it sells {items} SKUs, its price list {price_list_id} prices {priced}",
        """
        SELECT s.id, s.price_list_id, t.priced, count(i.id) AS items FROM flashsales_sale s
        LEFT JOIN pricing_pricelist t ON t.id = s.price_list_id
        LEFT JOIN flashsales_saleitem i ON i.sale_id = s.id
        WHERE s.state = 'published' AND changed_sales(s.id)
        GROUP BY s.id, t.priced HAVING t.priced IS DISTINCT FROM count(i.id)
        """,
    ),
    # The choices are null for sales that closed before they were kept.
    Check(
        "flashsales.findable",
        3,
        "flashsales_sale",
        "it lists {styles} styles, {found} of them can be found by words; its sizes {listed_sizes}, categories {listed_category_ids}",
        """
        SELECT s.id, s.listed_sizes, s.listed_category_ids, h.styles, w.found FROM flashsales_sale s
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT h.style_id) AS styles, array_agg(DISTINCT h.category_id) AS category_ids
            FROM flashsales_stylelisting h WHERE h.sale_id = s.id
        ) AS h
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT size) AS sizes FROM flashsales_stylelisting h CROSS JOIN unnest(h.sizes) AS size
            WHERE h.sale_id = s.id
        ) AS z
        CROSS JOIN LATERAL (SELECT count(*) AS found FROM flashsales_stylesearch w WHERE w.sale_id = s.id) AS w
        WHERE changed_sales(s.id) AND (
            w.found <> CASE WHEN s.state = 'published' AND s.closed_at IS NULL THEN h.styles ELSE 0 END
            OR s.state = 'published' AND s.closed_at IS NULL AND s.listed_sizes IS NULL
            OR s.listed_sizes IS NOT NULL AND (
                NOT (s.listed_sizes @> z.sizes AND s.listed_sizes <@ z.sizes)
                OR NOT (s.listed_category_ids @> array_remove(h.category_ids, NULL)
                        AND s.listed_category_ids <@ array_remove(h.category_ids, NULL)))
        )
        """,
    ),
    # Units that have changed are counted again by a job; until then a change waits.
    fault_check(
        "flashsales.style_search",
        3,
        "flashsales_stylesearch",
        """w JOIN flashsales_sale s ON s.id = w.sale_id
        LEFT JOIN (
            SELECT h.sale_id, h.style_id, array_agg(h.from_price_fen ORDER BY h.tier) AS prices,
                   array_agg(h.lowest_fen ORDER BY h.tier) AS lowest_prices, max(h.tag_price_fen) AS tag_price_fen,
                   bool_or(h.label_cut) AS label_cut, max(h.category_id) AS category_id
            FROM flashsales_stylelisting h WHERE changed_sales(h.sale_id) GROUP BY 1, 2
        ) h ON h.sale_id = w.sale_id AND h.style_id = w.style_id
        LEFT JOIN (
            SELECT i.sale_id, i.style_id, sum(i.available) AS units, sum(i.held + i.sold - i.draw_units) AS taken_units
            FROM flashsales_saleitem i WHERE changed_sales(i.sale_id) GROUP BY 1, 2
        ) i ON i.sale_id = w.sale_id AND i.style_id = w.style_id
        """,
        """
        WHEN (w.brand_id, w.starts_at, w.ends_at) IS DISTINCT FROM (s.brand_id, s.starts_at, s.ends_at)
            THEN 'its sale is of brand ' || s.brand_id || ', from ' || s.starts_at || ' to ' || s.ends_at
        WHEN (w.prices, w.lowest_prices, w.tag_price_fen, w.label_cut, w.category_id)
            IS DISTINCT FROM (h.prices, h.lowest_prices, h.tag_price_fen, h.label_cut, h.category_id)
            THEN 'its prices are ' || w.prices::text || ', its listings say ' || coalesce(h.prices::text, 'nothing')
        WHEN (w.units, w.taken_units) IS DISTINCT FROM (i.units, i.taken_units) AND NOT EXISTS (
                SELECT FROM flashsales_styleunitschange c WHERE c.sale_id = w.sale_id AND c.style_id = w.style_id)
            THEN format('it has %%s units left and %%s taken, its items have %%s and %%s, and no change waits',
                        w.units, w.taken_units, i.units, i.taken_units)
        """,
        "changed_sales(w.sale_id) AND w.prices IS NOT NULL",
    ),
    # Its category and sizes may have changed since; what was frozen may not.
    Check(
        "flashsales.style_listing",
        3,
        "flashsales_stylelisting",
        "it shows {from_price_fen} fen (down to {lowest_fen}, tag {tag_price_fen}) for style {style_id},"
        " its frozen prices begin at {expected_fen} (down to {expected_lowest_fen}, tag {expected_tag_fen})",
        f"""
        SELECT h.id, h.from_price_fen, h.lowest_fen, h.tag_price_fen, h.style_id,
               p.from_fen AS expected_fen, p.lowest_fen AS expected_lowest_fen, p.tag_fen AS expected_tag_fen
        FROM flashsales_stylelisting h
        LEFT JOIN (
            SELECT p.sale_id, p.style_id, p.tier, min(p.wholesale_fen) AS from_fen, max(p.tag_price_fen) AS tag_fen,
                   (array_agg(p.lowest_fen ORDER BY p.wholesale_fen, p.lowest_fen))[1] AS lowest_fen,
                   bool_or(p.labelling = 'cut') AS cut
            FROM {ITEM_PRICES} p WHERE changed_price_lists(p.price_list_id) GROUP BY 1, 2, 3
        ) p ON p.sale_id = h.sale_id AND p.style_id = h.style_id AND p.tier = h.tier
        JOIN flashsales_sale s ON s.id = h.sale_id
        WHERE changed_price_lists(s.price_list_id) AND (h.from_price_fen, h.lowest_fen, h.tag_price_fen, h.label_cut)
              IS DISTINCT FROM (p.from_fen, p.lowest_fen, p.tag_fen, p.cut)
        """,
    ),
)

_TALLIES = (
    Check(
        "flashsales.sale_tally",
        1,
        "flashsales_saletally",
        "it says {units} units, the tallies of its items add up to {expected}",
        """
        SELECT t.id, t.units, coalesce(i.units, 0) AS expected FROM flashsales_saletally t
        LEFT JOIN (SELECT i.sale_id, t.reseller_id, sum(t.units) AS units FROM flashsales_itemtally t
                   JOIN flashsales_saleitem i ON i.id = t.item_id WHERE changed_resellers(t.reseller_id) GROUP BY 1, 2) i
               ON i.sale_id = t.sale_id AND i.reseller_id = t.reseller_id
        WHERE changed_resellers(t.reseller_id) AND t.units <> coalesce(i.units, 0)
        """,
    ),
    Check(
        "flashsales.sale_tally_missing",
        1,
        "flashsales_itemtally",
        "there is no tally of sale {sale_id} for reseller {reseller_id}",
        """
        SELECT t.id, i.sale_id, t.reseller_id FROM flashsales_itemtally t
        JOIN flashsales_saleitem i ON i.id = t.item_id
        LEFT JOIN flashsales_saletally s ON s.sale_id = i.sale_id AND s.reseller_id = t.reseller_id
        WHERE changed_resellers(t.reseller_id) AND s.id IS NULL AND t.units > 0
        """,
    ),
    # Ops may lower a limit under what somebody has taken already; who was let over one that nobody touched took too much.
    Check(
        "flashsales.item_limit",
        1,
        "flashsales_itemtally",
        "reseller {reseller_id} has {units} units of sale item {item_id}, of which {limit_units} may be taken",
        f"""
        SELECT t.id, t.reseller_id, t.units, t.item_id, i.limit_units FROM flashsales_itemtally t
        JOIN flashsales_saleitem i ON i.id = t.item_id
        WHERE changed_items(i.id) AND t.units > i.limit_units AND NOT EXISTS (
            SELECT FROM {_NEW_LIMITS} a WHERE a.subject_id = i.sale_id)
        """,
    ),
    Check(
        "flashsales.sale_limit",
        1,
        "flashsales_saletally",
        "reseller {reseller_id} has {units} units of sale {sale_id}, of which {limit_units} may be taken",
        f"""
        SELECT t.id, t.reseller_id, t.units, t.sale_id, s.limit_units FROM flashsales_saletally t
        JOIN flashsales_sale s ON s.id = t.sale_id
        WHERE changed_sales(s.id) AND t.units > s.limit_units AND NOT EXISTS (
            SELECT FROM {_NEW_LIMITS} a WHERE a.subject_id = s.id)
        """,
    ),
)

_WAITING = (
    fault_check(
        "flashsales.reservation",
        1,
        "flashsales_reservation",
        "r JOIN flashsales_waitingentry e ON e.id = r.entry_id JOIN flashsales_saleitem i ON i.id = r.item_id"
        " JOIN flashsales_sale s ON s.id = i.sale_id",
        """
        WHEN e.item_id <> r.item_id THEN 'its entry waits for sale item ' || e.item_id
        WHEN e.reseller_id <> r.reseller_id THEN 'its entry is of reseller ' || e.reseller_id
        WHEN r.ended_at IS NULL AND e.ended_at IS NOT NULL THEN 'it is open, and its entry ended as ' || e.end
        WHEN r.ended_at IS NULL AND s.closed_at IS NOT NULL THEN 'it is open, and its sale was closed at ' || s.closed_at
        WHEN r.reserved_at < e.asked_at THEN 'it began before its entry was asked for'
        WHEN r.until <= r.reserved_at THEN 'it ends at ' || r.until || ', and began at ' || r.reserved_at
        WHEN (r.outcome = 'taken') <> (r.taken_units > 0) OR (r.taken_units > 0) <> (r.taken_by <> '')
            THEN 'it is ' || r.outcome || ', and ' || r.taken_units || ' units of it were taken by ' || r.taken_by
        """,
        "changed_items(r.item_id)",
    ),
    sum_check(
        "flashsales.waiting_units",
        1,
        "flashsales_waitingentry",
        "{taken_units} units are taken, its reservations give {expected}",
        "taken_units",
        "SELECT entry_id, taken_units FROM flashsales_reservation WHERE changed_items(item_id)",
        "changed_items(t.item_id)",
    ),
    # What makes units available reserves them in its transaction. Goods with limits or quantity terms are left out: whether an entry can
    # use units of them depends on what its reseller took.
    Check(
        "flashsales.passed_over",
        1,
        "flashsales_waitingentry",
        "{available} units of sale item {item_id} are available to everybody, and it waits for them",
        """
        SELECT e.id, i.available, e.item_id FROM flashsales_waitingentry e
        JOIN flashsales_saleitem i ON i.id = e.item_id AND i.available > 0
        JOIN flashsales_sale s ON s.id = i.sale_id AND s.closed_at IS NULL AND s.state = 'published'
        JOIN membership_reseller r ON r.id = e.reseller_id JOIN accounts_person p ON p.id = r.person_id AND p.is_active
        WHERE changed_items(e.item_id) AND e.ended_at IS NULL AND e.rests_until IS NULL
          AND i.limit_units IS NULL AND s.limit_units IS NULL
          AND NOT EXISTS (SELECT FROM flashsales_stylequantityterms q WHERE q.style_id = i.style_id)
          AND NOT EXISTS (SELECT FROM flashsales_reservation o
                          WHERE o.item_id = e.item_id AND o.reseller_id = e.reseller_id AND o.ended_at IS NULL)
        """,
    ),
    Check(
        "flashsales.reservation_movement",
        7,
        "inventory_movement",
        "{kind} of {units} units of SKU {sku_id} for {cause}, which has ended with no such units",
        """
        SELECT m.id, m.kind, -m.allotted_delta AS units, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN (SELECT 'reservation:' || r.id AS cause, i.sku_id, r.units - r.taken_units AS units FROM flashsales_reservation r
                   JOIN flashsales_saleitem i ON i.id = r.item_id WHERE r.ended_at IS NOT NULL) d
               ON d.cause = m.cause AND d.sku_id = m.sku_id AND d.units = -m.allotted_delta
        WHERE changed_movements(m.id) AND m.kind = 'return' AND m.cause LIKE 'reservation:%%' AND d.cause IS NULL
        """,
    ),
)

CHECKS = (
    *_ITEMS,
    *_SALES,
    *_TALLIES,
    *_WAITING,
    *DRAW_CHECKS,
    *JOB_CHECKS,
    event_subject_check(
        code="flashsales.event_subject",
        subjects={
            SubjectKind.SALE: "SELECT id, NULL::bigint, brand_id FROM flashsales_sale",
            SubjectKind.SALE_REMINDER: "SELECT id, reseller_id, NULL::bigint FROM flashsales_salereminder",
            SubjectKind.WAITING_ENTRY: "SELECT id, reseller_id, NULL::bigint FROM flashsales_waitingentry",
            SubjectKind.DRAW_ENTRY: "SELECT id, reseller_id, NULL::bigint FROM flashsales_drawentry",
        },
    ),
)

CHANGED_IDS = {
    "movements": movement_ids_sql("SELECT 'sale:' || s.id FROM flashsales_sale s WHERE new(s)")
    + " UNION "
    + movement_ids_sql("SELECT 'reservation:' || r.id FROM flashsales_reservation r WHERE new(r)")
    + """
        UNION SELECT m.id FROM flashsales_saleitem i JOIN inventory_movement m ON m.sku_id = i.sku_id AND m.cause = 'sale:' || i.sale_id
              WHERE new(i)
    """,
    "skus": "SELECT i.sku_id FROM flashsales_saleitem i WHERE new(i)",
    "items": """
        SELECT i.id FROM flashsales_saleitem i WHERE new(i)
        UNION SELECT t.item_id FROM flashsales_itemtally t WHERE new(t)
        UNION SELECT e.item_id FROM flashsales_waitingentry e WHERE new(e)
        UNION SELECT r.item_id FROM flashsales_reservation r WHERE new(r)
        UNION SELECT d.item_id FROM flashsales_drawentry d WHERE new(d)
        UNION SELECT i.id FROM changed_skus s JOIN flashsales_saleitem i ON i.sku_id = s.id
        UNION SELECT i.id FROM flashsales_sale s JOIN flashsales_saleitem i ON i.sale_id = s.id WHERE new(s)
        UNION SELECT i.id FROM pricing_pricelistitem p JOIN flashsales_sale s ON s.price_list_id = p.price_list_id
              JOIN flashsales_saleitem i ON i.sale_id = s.id AND i.sku_id = p.sku_id WHERE new(p)
    """,
    "sales": """
        SELECT s.id FROM flashsales_sale s WHERE new(s)
        UNION SELECT i.sale_id FROM changed_items c JOIN flashsales_saleitem i ON i.id = c.id
        UNION SELECT t.sale_id FROM flashsales_saletally t WHERE new(t)
        UNION SELECT w.sale_id FROM flashsales_stylesearch w WHERE new(w)
        UNION SELECT j.sale_id FROM flashsales_salejob j WHERE new(j)
        UNION SELECT t.sale_id FROM flashsales_roomticket t WHERE new(t)
        UNION SELECT r.sale_id FROM flashsales_waitingroom r WHERE new(r)
        UNION SELECT d.sale_id FROM flashsales_draw d WHERE new(d)
        UNION SELECT e.draw_id FROM flashsales_drawentry e WHERE new(e)
        UNION SELECT s.id FROM pricing_pricelist t JOIN flashsales_sale s ON s.price_list_id = t.id WHERE new(t)
    """,
    "price_lists": """
        SELECT s.price_list_id FROM flashsales_sale s WHERE new(s)
        UNION SELECT s.price_list_id FROM flashsales_stylelisting h JOIN flashsales_sale s ON s.id = h.sale_id WHERE new(h)
    """,
    "resellers": """
        SELECT t.reseller_id FROM flashsales_saletally t WHERE new(t)
        UNION SELECT t.reseller_id FROM flashsales_itemtally t WHERE new(t)
    """,
    "events": event_ids_sql(SubjectKind.SALE, "SELECT s.id FROM flashsales_sale s WHERE new(s)")
    + " UNION "
    + event_ids_sql(SubjectKind.SALE_REMINDER, "SELECT r.id FROM flashsales_salereminder r WHERE new(r)")
    + " UNION "
    + event_ids_sql(SubjectKind.WAITING_ENTRY, "SELECT e.id FROM flashsales_waitingentry e WHERE new(e)")
    + " UNION "
    + event_ids_sql(SubjectKind.DRAW_ENTRY, "SELECT e.id FROM flashsales_drawentry e WHERE new(e)"),
}

TABLES_WITHOUT_DELETES = (
    "flashsales_sale",
    "flashsales_salejob",
    "flashsales_reservation",
    "flashsales_waitingentry",
    "flashsales_drawentry",
)
