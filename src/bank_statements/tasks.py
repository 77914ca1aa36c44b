"""Celery tasks of bank statements."""

from celery import shared_task

from bank_statements.services import claims, lines
from kernel import clock


@shared_task
def erase_receipts() -> int:
    """Erase the pictures of receipts of transfers that were decided long ago."""
    return claims.erase_receipts(now=clock.now())


@shared_task
def link_provider_payouts() -> int:
    """Recognise lines of bank statements as pay-outs of providers whose bills came later."""
    return lines.link_provider_payouts()
