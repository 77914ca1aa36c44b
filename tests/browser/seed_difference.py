"""Enters a payment through WeChat Pay and bills of yesterday that say otherwise, and closes the day. Run in a process of its own."""

import os
from datetime import UTC, datetime, timedelta

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from ledger.services import close_due_days  # noqa: PLC0415 - models can be imported only after the setup above
    from membership.models import Reseller  # noqa: PLC0415
    from tests.payments.made import make_bills, make_payments  # noqa: PLC0415
    from treasury.services.closes import compare_days  # noqa: PLC0415

    now = datetime.now(UTC)
    yesterday = now - timedelta(days=1)
    make_payments(Reseller.objects.order_by("pk")[0].pk, now=yesterday)
    make_bills(now=yesterday)
    close_due_days(now=now)
    compare_days(now=now)


if __name__ == "__main__":
    main()
