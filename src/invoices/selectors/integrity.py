"""The checks of invoices: no money twice, amounts add up, steps in order, everything has its owner (INTEGRITY-3, 7; INVOICE-8)."""

from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import fault_check, sum_check
from orders.selectors.lines import LINES

ASKED = """(
    SELECT 'request ' || r.id AS what, r.reseller_id, r.brand_id, r.requested_at AS since,
        coalesce(r.issued_at, r.ended_at, 'infinity') AS until,
        NOT EXISTS (SELECT FROM invoices_invoicecorrection k WHERE k.new_request_id = r.id) AS is_theirs
    FROM invoices_invoicerequest r
    UNION ALL
    SELECT 'the correction of request ' || r.id, r.reseller_id, r.brand_id, k.asked_at, coalesce(k.ended_at, 'infinity'), k.reason <> ''
    FROM invoices_invoicecorrection k JOIN invoices_invoicerequest r ON r.id = k.request_id
)"""
"""What owners ask for, and until when it waits, for the checks of other apps; not `is_theirs` where whoever issues began it."""

CHECKS = (
    fault_check(
        "invoices.item",
        3,
        "invoices_invoiceitem",
        f"""
        i JOIN invoices_invoicerequest r ON r.id = i.request_id
        LEFT JOIN {LINES} l ON l.id = i.line_id LEFT JOIN settlement_statement t ON t.id = i.statement_id
        CROSS JOIN LATERAL (SELECT count(*) AS items FROM invoices_invoiceitem o
            WHERE o.is_live AND i.is_live AND o.id <> i.id AND (o.line_id = i.line_id OR o.statement_id = i.statement_id)) AS others
        CROSS JOIN LATERAL (SELECT coalesce(sum(d.amount_fen), 0) AS fen FROM invoices_redletter d WHERE d.item_id = i.id) AS red
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.amount_fen), 0) AS fen, coalesce(sum(c.amount_fen - c.brand_part_fen), 0) AS platform_fen
            FROM treasury_moneyrequest c WHERE c.state = 'approved' AND c.decided_at < r.exported_at AND c.line_id IN (
                SELECT i.line_id UNION SELECT n.line_id FROM settlement_statementitem n WHERE n.statement_id = i.statement_id)) AS late""",  # noqa: S608
        """
        WHEN others.items > 0 THEN 'its money is in ' || others.items || ' other live requests'
        WHEN i.is_live <> (r.state IN ('requested', 'exported', 'issued'))
            THEN 'its request is ' || r.state || ', and its money is ' || CASE WHEN i.is_live THEN 'taken' ELSE 'free' END
        WHEN i.line_id IS NOT NULL AND (l.reseller_id IS DISTINCT FROM r.reseller_id OR l.order_state <> 'paid' OR r.what <> 'goods')
            THEN 'line ' || i.line_id || ' is of reseller ' || l.reseller_id || ' in a ' || l.order_state || ' order'
        WHEN l.brand_id <> r.issuer_brand_id
            THEN 'line ' || l.id || ' is of brand ' || l.brand_id || ', brand ' || r.issuer_brand_id || ' issues'
        WHEN i.amount_fen > l.units * l.price_fen + l.freight_fen
            THEN 'it says ' || i.amount_fen || ' fen, line ' || l.id || ' cost ' || l.units * l.price_fen + l.freight_fen
        WHEN i.statement_id IS NOT NULL
            AND (t.brand_id IS DISTINCT FROM r.brand_id OR t.state NOT IN ('paid', 'closed', 'settled') OR r.what <> 'fees')
            THEN 'statement ' || i.statement_id || ' is of brand ' || t.brand_id || ' and ' || t.state
        WHEN i.amount_fen > t.commission_fen - t.adjustments_fen + t.deductions_fen
            THEN 'it says ' || i.amount_fen || ' fen, the platform kept '
                || t.commission_fen - t.adjustments_fen + t.deductions_fen || ' of statement ' || t.id
        WHEN i.is_live AND i.amount_fen - red.fen > CASE WHEN i.line_id IS NOT NULL THEN l.units * l.price_fen + l.freight_fen - late.fen
                ELSE t.commission_fen - t.adjustments_fen + t.deductions_fen - late.platform_fen END
            THEN 'it says ' || i.amount_fen || ' fen, of which ' || late.fen || ' went back late before it was exported'
        WHEN red.fen > i.amount_fen THEN 'red letters take back ' || red.fen || ' of ' || i.amount_fen || ' fen'
        WHEN r.state = 'reversed' AND red.fen <> i.amount_fen
            THEN 'its request is reversed, and red letters take back ' || red.fen || ' of ' || i.amount_fen || ' fen'
        """,
        "changed_invoice_requests(r.id)",
    ),
    sum_check(
        "invoices.amount",
        3,
        "invoices_invoicerequest",
        "it says {amount_fen} fen, its items {expected}",
        "amount_fen",
        "SELECT request_id, amount_fen FROM invoices_invoiceitem",
        "changed_invoice_requests(t.id)",
    ),
    fault_check(
        "invoices.times",
        7,
        "invoices_invoicerequest",
        """
        r LEFT JOIN invoices_invoiceexport e ON e.id = r.export_id
        CROSS JOIN LATERAL (SELECT min(d.found_at) AS first_at FROM invoices_redletter d WHERE d.request_id = r.id) AS red""",
        """
        WHEN r.exported_at < r.requested_at THEN 'it was exported before it was requested'
        WHEN r.exported_at <> e.created_at THEN 'it was exported at ' || r.exported_at || ', its file made at ' || e.created_at
        WHEN r.issued_at < r.exported_at THEN 'it was issued before it was exported'
        WHEN r.issued_on < (r.requested_at AT TIME ZONE 'Asia/Shanghai')::date THEN 'its invoice is of a day before the request'
        WHEN r.ended_at < coalesce(r.issued_at, r.exported_at, r.requested_at) THEN 'it ended before it was requested, exported or issued'
        WHEN red.first_at < r.exported_at THEN 'a red letter was found before its amount was final'
        """,
        "changed_invoice_requests(r.id)",
    ),
    fault_check(
        "invoices.export",
        3,
        "invoices_invoiceexport",
        """
        e CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(r.amount_fen), 0) AS fen,
            count(*) FILTER (WHERE r.issuer_brand_id IS DISTINCT FROM e.issuer_brand_id) AS others
            FROM invoices_invoicerequest r WHERE r.export_id = e.id) AS held""",
        """
        WHEN (held.n, held.fen) <> (e.request_count, e.amount_fen)
            THEN 'it says ' || e.request_count || ' requests of ' || e.amount_fen || ' fen, there are ' || held.n || ' of ' || held.fen
        WHEN held.others > 0 THEN held.others || ' of its requests are issued by somebody else'
        """,
    ),
    fault_check(
        "invoices.red_letter",
        7,
        "invoices_redletter",
        "d JOIN invoices_invoiceitem i ON i.id = d.item_id JOIN invoices_invoicerequest r ON r.id = d.request_id",
        """
        WHEN i.request_id <> d.request_id THEN 'item ' || i.id || ' is of request ' || i.request_id || ', not ' || d.request_id
        WHEN r.state NOT IN ('exported', 'issued', 'reversed') OR d.done_at IS NULL AND r.state = 'reversed'
                OR d.done_at IS NOT NULL AND r.state = 'exported'
            THEN 'request ' || r.id || ' is ' || r.state
        """,
        "changed_invoice_requests(d.request_id)",
    ),
    fault_check(
        "invoices.correction",
        7,
        "invoices_invoicerequest",
        """
        r LEFT JOIN invoices_invoicecorrection c ON c.request_id = r.id AND c.new_request_id IS NOT NULL
        LEFT JOIN invoices_invoicerequest n ON n.id = c.new_request_id
        CROSS JOIN LATERAL (SELECT count(*) AS open FROM invoices_invoicecorrection o WHERE o.request_id = r.id AND o.ended_at IS NULL) AS w
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM invoices_invoiceitem i WHERE i.request_id = n.id AND NOT EXISTS (
            SELECT FROM invoices_invoiceitem f WHERE f.request_id = r.id AND f.amount_fen >= i.amount_fen
                AND (f.line_id = i.line_id OR f.statement_id = i.statement_id))) AS foreign_items""",
        """
        WHEN (r.state = 'reversed') <> (c.id IS NOT NULL)
            THEN 'it is ' || r.state || ', and request ' || coalesce(n.id::text, 'none') || ' stands in its place'
        WHEN w.open > 0 AND r.state <> 'issued' THEN 'a correction of it is open, and it is ' || r.state
        WHEN (n.reseller_id, n.brand_id, n.issuer_brand_id, n.what) IS DISTINCT FROM (r.reseller_id, r.brand_id, r.issuer_brand_id, r.what)
            AND n.id IS NOT NULL THEN 'request ' || n.id || ' in its place is of another owner, issuer or kind'
        WHEN (n.name, n.tax_number) <> (c.name, c.tax_number) THEN 'request ' || n.id || ' in its place has another title'
        WHEN n.requested_at <> r.ended_at OR c.ended_at <> r.ended_at
            THEN 'it ended at ' || r.ended_at || ', and request ' || n.id || ' was made at ' || n.requested_at
        WHEN foreign_items.n > 0 THEN 'request ' || n.id || ' in its place has ' || foreign_items.n || ' items that it does not have'
        """,
        "changed_invoice_requests(r.id)",
    ),
    event_subject_check(
        code="invoices.event_subject",
        subjects={
            SubjectKind.INVOICE: "SELECT id, reseller_id, coalesce(brand_id, issuer_brand_id) FROM invoices_invoicerequest",
            SubjectKind.INVOICE_EXPORT: "SELECT id, NULL::bigint, issuer_brand_id FROM invoices_invoiceexport",
        },
    ),
)

CHANGED_IDS = {
    "invoice_requests": """
        SELECT r.id FROM invoices_invoicerequest r WHERE new(r)
        UNION SELECT i.request_id FROM invoices_invoiceitem i WHERE new(i)
        UNION SELECT d.request_id FROM invoices_redletter d WHERE new(d)
        UNION SELECT c.request_id FROM invoices_invoicecorrection c WHERE new(c)
        UNION SELECT c.request_id FROM invoices_invoicecorrection c JOIN invoices_invoicerequest n ON n.id = c.new_request_id WHERE new(n)
        UNION SELECT c.request_id FROM invoices_invoicecorrection c JOIN invoices_invoiceitem i ON i.request_id = c.new_request_id
            WHERE new(i)
        UNION SELECT i.request_id FROM invoices_invoiceitem i JOIN orders_orderline l ON l.id = i.line_id WHERE new(l)
        UNION SELECT i.request_id FROM invoices_invoiceitem i JOIN settlement_statement t ON t.id = i.statement_id WHERE new(t)
        UNION SELECT i.request_id FROM treasury_moneyrequest m JOIN invoices_invoiceitem i ON i.line_id = m.line_id WHERE new(m)
        UNION SELECT i.request_id FROM treasury_moneyrequest m JOIN settlement_statementitem n ON n.line_id = m.line_id
            JOIN invoices_invoiceitem i ON i.statement_id = n.statement_id WHERE new(m)
    """,
    "events": " UNION ".join(
        (
            event_ids_sql(SubjectKind.INVOICE, "SELECT r.id FROM invoices_invoicerequest r WHERE new(r)"),
            event_ids_sql(SubjectKind.INVOICE_EXPORT, "SELECT x.id FROM invoices_invoiceexport x WHERE new(x)"),
        )
    ),
}

TABLES_WITHOUT_DELETES = (
    "invoices_invoicerequest",
    "invoices_invoiceitem",
    "invoices_invoiceexport",
    "invoices_invoicecorrection",
)
