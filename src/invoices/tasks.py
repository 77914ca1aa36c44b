"""Background jobs of invoices."""

from celery import shared_task

from invoices.services.files import erase_replaced
from invoices.services.red_letters import find_red_letters as find
from kernel import clock


@shared_task
def find_red_letters() -> int:
    """Note what was refunded after the amount of an invoice was final, hourly (INVOICE-7)."""
    return find(now=clock.now())


@shared_task
def erase_files() -> int:
    """Delete files of invoices that another file replaced (INVOICE-6)."""
    return erase_replaced(now=clock.now())
