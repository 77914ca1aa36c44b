"""The check of jobs of sales (SALE-21)."""

from jobs.leases import MAX_ATTEMPTS
from kernel.integrity import fault_check

JOB_CHECKS = (
    fault_check(
        "flashsales.sale_job",
        7,
        "flashsales_salejob",
        "j JOIN flashsales_sale s ON s.id = j.sale_id",
        """
        WHEN j.finished_at < j.requested_at THEN 'it ended before it was asked for'
        WHEN j.state = 'waiting' AND s.state <> 'draft' THEN 'it waits, and its sale is ' || s.state
        WHEN j.state = 'waiting' AND j.attempts > %(attempts)s THEN 'it was begun ' || j.attempts || ' times and not given up'
        WHEN j.state = 'done' AND j.kind = 'publish' AND s.published_at IS NULL THEN 'it is done, and its sale was not published'
        WHEN j.state = 'done' AND j.kind = 'publish' AND j.skus <> (SELECT count(*) FROM flashsales_saleitem i WHERE i.sale_id = s.id)
            THEN 'it published ' || j.skus || ' SKUs, and its sale has another number of them'
        """,
        "changed_sales(j.sale_id)",
        attempts=2 * MAX_ATTEMPTS,
    ),
)
