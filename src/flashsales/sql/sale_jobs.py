"""The lock of a job of a sale."""

from db import sql


def try_lock_job(*, job_id: int) -> bool:
    """Lock a job until the transaction ends, without waiting: whether no other worker has it. Its row stays free for cancelling."""
    return bool(
        sql.value(
            "SELECT pg_try_advisory_xact_lock(hashtext('flashsales.sale_job'), (%(job)s %% 2147483648)::int)",
            {"job": job_id},
        )
    )
