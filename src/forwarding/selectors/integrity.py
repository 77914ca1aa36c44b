"""The checks of forwarding (INTEGRITY-3, INTEGRITY-7): retail prices keep the floor, forwards and wishes name styles of their sale."""

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from flashsales.selectors.item_prices import item_prices_sql
from kernel.integrity import Check, fault_check

NOT_FORWARDED = """CASE WHEN f.sale_id IS NULL
            THEN NOT EXISTS (SELECT FROM forwarding_retailpricechange c WHERE c.reseller_id = f.reseller_id
                             AND c.sale_id = i.sale_id AND c.style_id = i.style_id AND c.price_fen IS NOT NULL)
            WHEN f.selection = '' THEN i.sale_id IS DISTINCT FROM f.sale_id
            ELSE NOT EXISTS (SELECT FROM forwarding_forwardstyle s
                             WHERE s.forward_id = f.id AND s.sale_id = i.sale_id AND s.style_id = i.style_id) END"""
"""Whether a sale item `i` is not of the sale or the selection of a forward `f`, nor of what a storefront `f` can have offered."""

CHECKS = (
    Check(
        "forwarding.retail_price",
        3,
        "forwarding_retailprice",
        "it is {price_fen} fen, and the floor of its labelled SKUs is {floor_fen}",
        f"""
        SELECT r.id, r.price_fen, f.floor_fen FROM forwarding_retailprice r
        JOIN (SELECT p.sale_id, p.style_id, max(p.retail_floor_fen) AS floor_fen
              FROM (SELECT DISTINCT sale_id, style_id FROM forwarding_retailprice) chosen
              JOIN {item_prices_sql()} p ON p.sale_id = chosen.sale_id AND p.style_id = chosen.style_id
              WHERE p.labelling = 'kept' GROUP BY 1, 2) f ON f.sale_id = r.sale_id AND f.style_id = r.style_id
        WHERE r.price_fen < f.floor_fen
        """,  # noqa: S608 - a constant
    ),
    Check(
        "forwarding.retail_style",
        7,
        "forwarding_retailprice",
        "sale {sale_id} does not offer style {style_id}",
        """
        SELECT r.id, r.sale_id, r.style_id FROM forwarding_retailprice r
        WHERE NOT EXISTS (SELECT FROM flashsales_saleitem i WHERE i.sale_id = r.sale_id AND i.style_id = r.style_id)
        """,
    ),
    # A price from before the history was kept has no cost: an older release wrote it, and perhaps no change.
    fault_check(
        "forwarding.price_history",
        7,
        "forwarding_retailprice",
        """r
        LEFT JOIN LATERAL (SELECT c.price_fen, c.at FROM forwarding_retailpricechange c
                           WHERE c.reseller_id = r.reseller_id AND c.sale_id = r.sale_id AND c.style_id = r.style_id
                           ORDER BY c.id DESC LIMIT 1) c ON true
        """,
        """
        WHEN c.at IS NULL THEN 'its history is empty'
        WHEN c.price_fen IS DISTINCT FROM r.price_fen
            THEN 'it is ' || r.price_fen || ' fen, its last change says ' || coalesce(c.price_fen::text, 'none')
        WHEN c.at <> r.set_at THEN 'it was set at ' || r.set_at || ', its last change is of ' || c.at
        """,
        where="r.cost_fen IS NOT NULL",
    ),
    Check(
        "forwarding.forward_style",
        7,
        "forwarding_forward",
        "sale {sale_id} does not offer style {style_id}",
        """
        SELECT f.id, f.sale_id, f.style_id FROM forwarding_forward f
        WHERE f.style_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM flashsales_saleitem i WHERE i.sale_id = f.sale_id AND i.style_id = f.style_id)
        """,
    ),
    Check(
        "forwarding.selected_style",
        7,
        "forwarding_forwardstyle",
        "sale {sale_id} does not offer style {style_id}",
        """
        SELECT f.id, f.sale_id, f.style_id FROM forwarding_forwardstyle f
        WHERE NOT EXISTS (SELECT FROM flashsales_saleitem i WHERE i.sale_id = f.sale_id AND i.style_id = f.style_id)
        """,
    ),
    # The styles of a selection are numbered without gaps: customers order by number.
    fault_check(
        "forwarding.selection",
        7,
        "forwarding_forward",
        """f
        LEFT JOIN (SELECT forward_id, count(*) AS styles, max(position) AS last FROM forwarding_forwardstyle GROUP BY 1) s
               ON s.forward_id = f.id
        """,
        """
        WHEN (f.selection <> '') <> (s.forward_id IS NOT NULL) THEN 'it has ' || coalesce(s.styles, 0) || ' selected styles'
        WHEN f.selection <> '' AND f.style_id IS NOT NULL THEN 'it is a selection and names style ' || f.style_id
        WHEN s.styles <> s.last THEN 'its ' || s.styles || ' selected styles are numbered up to ' || s.last
        WHEN s.styles < 2 THEN 'it is a selection of one style'
        """,
    ),
    # A storefront has one address that is not stopped, and each of its addresses belongs to it.
    fault_check(
        "forwarding.storefront",
        7,
        "forwarding_storefront",
        """t
        LEFT JOIN (SELECT reseller_id, count(*) FILTER (WHERE stopped_at IS NULL) AS addresses FROM forwarding_forward
                   WHERE sale_id IS NULL GROUP BY 1) f ON f.reseller_id = t.reseller_id
        """,
        """
        WHEN coalesce(f.addresses, 0) <> 1 THEN 'it has ' || coalesce(f.addresses, 0) || ' addresses that are not stopped'
        WHEN t.closed_at < t.opened_at THEN 'it was closed before it was opened'
        """,
    ),
    fault_check(
        "forwarding.storefront_address",
        7,
        "forwarding_forward",
        "f LEFT JOIN forwarding_storefront t ON t.reseller_id = f.reseller_id",
        """
        WHEN t.id IS NULL THEN 'reseller ' || f.reseller_id || ' has no storefront'
        WHEN f.style_id IS NOT NULL OR f.selection <> '' THEN 'it has no sale, and names goods'
        """,
        where="f.sale_id IS NULL",
    ),
    # Views from before they were counted by day are in no row. A day, and what a share names, cannot be ahead of the page.
    Check(
        "forwarding.view_count",
        7,
        "forwarding_forward",
        "it has {views} views, and {counted} by day and channel",
        """
        SELECT f.id, f.views, c.counted FROM forwarding_forward f
        JOIN (SELECT forward_id, sum(views) AS counted FROM forwarding_viewcount GROUP BY 1) c ON c.forward_id = f.id
        WHERE c.counted > f.views
        """,
    ),
    fault_check(
        "forwarding.share",
        7,
        "forwarding_share",
        """h
        LEFT JOIN forwarding_forward f ON f.id = h.forward_id
        LEFT JOIN LATERAL (
            SELECT g.style_id FROM forwarding_sharedstyle g
            WHERE g.share_id = h.id
              AND NOT EXISTS (SELECT FROM flashsales_saleitem i WHERE i.sale_id = g.sale_id AND i.style_id = g.style_id) LIMIT 1
        ) g ON true
        """,
        """
        WHEN f.reseller_id <> h.reseller_id THEN 'it is of reseller ' || h.reseller_id || ', its page of ' || f.reseller_id
        WHEN h.shared_at < f.created_at THEN 'it was shared before its page was made'
        WHEN g.style_id IS NOT NULL THEN 'it names style ' || g.style_id || ', which its sale does not offer'
        """,
    ),
    fault_check(
        "forwarding.wish",
        7,
        "forwarding_wish",
        """w
        LEFT JOIN forwarding_forward f ON f.id = w.forward_id
        LEFT JOIN flashsales_saleitem i ON i.id = w.item_id
        LEFT JOIN orders_order o ON o.id = w.order_id
        """,
        f"""
        WHEN f.id IS NULL THEN 'there is no forward ' || w.forward_id
        WHEN f.reseller_id <> w.reseller_id THEN 'it is of reseller ' || w.reseller_id || ', its forward of ' || f.reseller_id
        WHEN {NOT_FORWARDED} THEN 'its sale item ' || w.item_id || ' is not of what was forwarded'
        WHEN w.order_id IS NOT NULL AND o.id IS NULL THEN 'there is no order ' || w.order_id
        WHEN o.reseller_id <> w.reseller_id THEN 'its order ' || o.id || ' is of reseller ' || o.reseller_id
        WHEN w.state = 'ordered' AND o.id IS NULL THEN 'it is ordered, and has no order'
        WHEN (w.state = 'new') <> (w.answered_at IS NULL)
            THEN 'it is ' || w.state || ', answered at ' || coalesce(w.answered_at::text, 'no time')
        WHEN w.told_back_at IS NOT NULL AND NOT w.is_waiting THEN 'its reseller was told of units, and it waits for none'
        WHEN w.told_back_at < w.created_at THEN 'its reseller was told of units before it was left'
        """,
    ),
    fault_check(
        "forwarding.wish_line",
        7,
        "forwarding_wishline",
        """l
        LEFT JOIN forwarding_wish w ON w.id = l.wish_id
        LEFT JOIN forwarding_forward f ON f.id = w.forward_id
        LEFT JOIN flashsales_saleitem i ON i.id = l.item_id
        LEFT JOIN orders_orderline o ON o.id = l.order_line_id
        LEFT JOIN flashsales_saleitem b ON b.id = o.item_id
        """,
        f"""
        WHEN w.id IS NULL THEN 'there is no wish ' || l.wish_id
        WHEN {NOT_FORWARDED} THEN 'its sale item ' || l.item_id || ' is not of what was forwarded'
        WHEN l.order_line_id IS NOT NULL AND o.id IS NULL THEN 'there is no order line ' || l.order_line_id
        WHEN o.order_id IS DISTINCT FROM w.order_id AND o.id IS NOT NULL
            THEN 'its order line ' || o.id || ' is of order ' || o.order_id || ', its wish of ' || coalesce(w.order_id::text, 'none')
        WHEN (b.sale_id, b.style_id) <> (i.sale_id, i.style_id)
            THEN 'it asks for sale item ' || l.item_id || ', its order line for ' || o.item_id || ' of another style'
        WHEN l.is_awaited AND NOT w.is_waiting THEN 'it is waited for, and its wish waits for nothing'
        """,
    ),
    # A wish of the release before lines existed has none until somebody works with it.
    Check(
        "forwarding.wish_first_line",
        7,
        "forwarding_wish",
        "it repeats {units} units of item {item_id} as its first line, and no line of it says so",
        """
        SELECT w.id, w.units, w.item_id FROM forwarding_wish w
        JOIN (SELECT DISTINCT wish_id FROM forwarding_wishline) h ON h.wish_id = w.id
        LEFT JOIN forwarding_wishline l ON l.wish_id = w.id AND l.item_id = w.item_id AND l.units = w.units
        WHERE l.id IS NULL
        """,
    ),
    # Whom an entry of the waiting list waits for is the reseller's own wish or customer; a wish is never deleted.
    fault_check(
        "forwarding.waiting_source",
        7,
        "flashsales_waitingentry",
        """e
        CROSS JOIN LATERAL (SELECT split_part(e.source, ':', 1) AS kind, nullif(split_part(e.source, ':', 2), '')::bigint AS id) n
        LEFT JOIN forwarding_wish w ON w.id = n.id AND n.kind IN ('wish', 'wishes')
        LEFT JOIN orders_recipient c ON c.id = n.id AND n.kind = 'recipient'
        """,
        """
        WHEN coalesce(w.id, c.id) IS NULL THEN 'it waits for ' || e.source || ', which is not there'
        WHEN coalesce(w.reseller_id, c.reseller_id) <> e.reseller_id
            THEN 'it is of reseller ' || e.reseller_id || ', and ' || e.source || ' of ' || coalesce(w.reseller_id, c.reseller_id)
        """,
        where="e.source NOT IN ('', 'draw')",
    ),
    event_subject_check(
        code="forwarding.event_subject",
        subjects={SubjectKind.WISH: "SELECT id, reseller_id, NULL::bigint FROM forwarding_wish"},
    ),
)

CHANGED_IDS = {"events": event_ids_sql(SubjectKind.WISH, "SELECT w.id FROM forwarding_wish w WHERE new(w)")}

TABLES_WITHOUT_DELETES: tuple[str, ...] = ()
