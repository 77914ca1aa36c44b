"""The checks of draws: what was committed to, the order of the entries, and the units that each got (INTEGRITY-1, INTEGRITY-7).

They repeat `flashsales.rules.draw` in SQL; a test compares them.
"""

from kernel.integrity import Check, fault_check

DRAW_CHECKS = (
    Check(
        "flashsales.draw",
        7,
        "flashsales_draw",
        "{fault}",
        """
        SELECT d.sale_id AS id, found.fault FROM flashsales_draw d JOIN flashsales_sale s ON s.id = d.sale_id
        CROSS JOIN LATERAL (
            SELECT encode(sha256(convert_to(coalesce(string_agg(
                       e.item_id || ':' || e.id || ':' || e.units, chr(10) ORDER BY e.item_id, e.id), ''), 'UTF8')), 'hex') AS digest
            FROM flashsales_drawentry e WHERE e.draw_id = d.sale_id AND e.withdrawn_at IS NULL
        ) AS entries
        CROSS JOIN LATERAL (SELECT CASE
            WHEN (s.published_at IS NULL) <> (d.commitment = '') THEN 'it commits to ' || d.commitment || ', its sale is ' || s.state
            WHEN d.commitment <> '' AND d.commitment <> encode(sha256(decode(d.seed, 'hex')), 'hex')
                THEN 'its seed is not the one that it committed to'
            WHEN d.closes_at <> s.starts_at + interval '1 minute' * (
                    coalesce((SELECT max(delay) FROM unnest(s.opening_delays) AS delay), 0) + d.entry_minutes)
                THEN 'its entries close at ' || d.closes_at || ', its sale began at ' || s.starts_at
            WHEN d.drawn_at IS NOT NULL AND d.entries_digest <> entries.digest THEN 'its entries are not those that were drawn'
        END AS fault) AS found
        WHERE changed_sales(d.sale_id) AND found.fault IS NOT NULL
        """,
    ),
    fault_check(
        "flashsales.draw_units",
        1,
        "flashsales_saleitem",
        "i JOIN flashsales_sale s ON s.id = i.sale_id LEFT JOIN flashsales_draw d ON d.sale_id = i.sale_id",
        """
        WHEN i.is_drawn AND d.sale_id IS NULL THEN 'it is drawn, and sale ' || i.sale_id || ' has no draw'
        WHEN i.draw_units NOT IN (0, i.planned) THEN i.draw_units || ' of ' || i.planned || ' units wait for the draw'
        WHEN i.draw_units > 0 AND (s.state <> 'published' OR s.closed_at IS NOT NULL)
            THEN i.draw_units || ' units wait for the draw of a sale that is ' || s.state || ' or closed'
        WHEN i.draw_units > 0 AND EXISTS (SELECT FROM flashsales_drawentry e WHERE e.item_id = i.id AND e.won_units IS NOT NULL)
            THEN i.draw_units || ' units wait for the draw, and were given out'
        WHEN i.is_drawn AND i.draw_units = 0 AND s.state = 'published' AND s.closed_at IS NULL AND d.drawn_at IS NULL
            THEN 'none of its units wait for the draw'
        """,
        "(i.is_drawn OR i.draw_units <> 0) AND changed_items(i.id)",
    ),
    fault_check(
        "flashsales.draw_entry",
        7,
        "flashsales_drawentry",
        """e JOIN flashsales_draw d ON d.sale_id = e.draw_id JOIN flashsales_saleitem i ON i.id = e.item_id
        LEFT JOIN flashsales_waitingentry w ON w.id = e.waiting_entry_id
        LEFT JOIN LATERAL (SELECT r.units FROM flashsales_reservation r WHERE r.entry_id = w.id ORDER BY r.id LIMIT 1) r ON true
        """,
        """
        WHEN i.sale_id <> e.draw_id OR NOT i.is_drawn THEN 'sale item ' || e.item_id || ' is not in the draw of sale ' || e.draw_id
        WHEN e.entered_at < d.opens_at OR e.entered_at >= d.closes_at OR e.withdrawn_at >= d.closes_at
            THEN 'it was entered at ' || e.entered_at || coalesce(' and withdrawn at ' || e.withdrawn_at, '')
                 || ', entries close at ' || d.closes_at
        WHEN (e.rank IS NOT NULL) <> (d.drawn_at IS NOT NULL AND e.withdrawn_at IS NULL)
            THEN 'it is in place ' || coalesce(e.rank::text, 'none') || ', the draw was held at ' || coalesce(d.drawn_at::text, 'no time')
        WHEN (e.won_units IS NULL) <> (w.id IS NULL) THEN 'it won ' || coalesce(e.won_units::text, 'nothing yet')
            || ', its place in line is ' || coalesce(w.id::text, 'none')
        WHEN (w.item_id, w.reseller_id, w.source) <> (e.item_id, e.reseller_id, 'draw')
            THEN 'its place in line is of reseller ' || w.reseller_id || ' for item ' || w.item_id || ', from ' || w.source
        WHEN e.won_units > 0 AND e.won_units <> coalesce(r.units, 0)
            THEN 'it won ' || e.won_units || ' units, and ' || coalesce(r.units, 0) || ' were reserved for it'
        """,
        "changed_sales(e.draw_id)",
    ),
    Check(
        "flashsales.draw_ranking",
        7,
        "flashsales_drawentry",
        "it is in place {rank}, by the seed of the draw it is in place {expected}",
        """
        SELECT e.id, e.rank, e.expected FROM (
            SELECT e.id, e.rank, row_number() OVER (
                PARTITION BY e.item_id
                ORDER BY sha256(convert_to(d.seed || ':' || d.entries_digest || ':' || e.item_id || ':' || e.id, 'UTF8'))
            ) AS expected
            FROM flashsales_drawentry e JOIN flashsales_draw d ON d.sale_id = e.draw_id AND d.drawn_at IS NOT NULL
            WHERE e.withdrawn_at IS NULL AND changed_sales(d.sale_id)
        ) AS e WHERE e.rank <> e.expected
        """,
    ),
    Check(
        "flashsales.draw_award",
        7,
        "flashsales_drawentry",
        "it won {won_units} of {units} units, by its place {rank} it gets {expected}",
        """
        SELECT e.id, e.won_units, e.units, e.rank, least(e.units, e.limit_units, e.left_units) AS expected FROM (
            SELECT e.id, e.item_id, e.won_units, e.units, e.rank, e.limit_units, i.planned - coalesce(sum(e.won_units) OVER (
                PARTITION BY e.item_id ORDER BY e.rank ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS left_units,
                coalesce(sum(e.won_units) OVER (
                    PARTITION BY e.item_id ORDER BY e.rank ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0) AS later_units
            FROM flashsales_drawentry e JOIN flashsales_saleitem i ON i.id = e.item_id
            WHERE e.rank IS NOT NULL AND changed_sales(e.draw_id)
        ) AS e WHERE e.won_units <> least(e.units, e.limit_units, e.left_units)
        -- Fewer units were left than it asked for, and by the terms of the size nobody could order so few.
        AND NOT (e.limit_units IS NULL AND e.left_units < e.units AND e.won_units < e.left_units AND e.later_units = 0)
        """,
    ),
    Check(
        "flashsales.drawn_waiting",
        7,
        "flashsales_waitingentry",
        "it waits because of a draw, and no entry of a draw has this place",
        """
        SELECT w.id FROM flashsales_waitingentry w LEFT JOIN flashsales_drawentry e ON e.waiting_entry_id = w.id
        WHERE w.source = 'draw' AND e.id IS NULL AND changed_items(w.item_id)
        """,
    ),
)
