"""Enters a second live sale with eight styles, for tests that pick many. Run in a process of its own, as seed_database is."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.browser import seed  # noqa: PLC0415 - models can be imported only after the setup above

    seed.create_more_styles()


if __name__ == "__main__":
    main()
