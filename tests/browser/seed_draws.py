"""Enters a preview whose draw takes entries, a live sale that was drawn an hour ago, and a draft (SALE-25). Run in a process of its own,
as seed_database is."""

import os

import django

OPEN, DRAWN, DRAFT = "云杉限量报名", "云杉限量已抽", "云杉限量草稿"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.browser import seed  # noqa: PLC0415 - models can be imported only after the setup above

    seed.create_draws()


if __name__ == "__main__":
    main()
