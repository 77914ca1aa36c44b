"""Enters a live sale with a waiting room that is full for some seconds, a preview with a head start, and a draft with both (SALE-19,
SALE-24). Run in a process of its own, as seed_database is."""

import os
from datetime import timedelta

import django

WAITING, EARLY, DRAFT = "云杉限量抢购", "云杉会员先抢", "云杉新排期"
FULL_FOR = timedelta(seconds=60)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.browser import seed  # noqa: PLC0415 - models can be imported only after the setup above

    seed.create_openings()


if __name__ == "__main__":
    main()
