"""Enters the data that the browser tests begin with. Run in a process of its own, on the migrated database of DATABASE_URL.

python -m tests.browser.seed_database             the people, styles and sales of tests/browser/seed.py; prints them as JSON
python -m tests.browser.seed_database pictured    the same with a second live sale of eight styles, and pictures of all styles
python -m tests.browser.seed_database pictures    nothing but pictures of the styles that are there
python -m tests.browser.seed_database sample-data a service that has been used for weeks (tests/sample_data.py); prints it as JSON
python -m tests.browser.seed_database empty       only ops and finance, by the command that enters the first people of any
                                                  installation; their passwords are read from standard input
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import django
from django.core.management import call_command

PASSWORD = "wei-cang-7788"


@dataclass(frozen=True, slots=True)
class SeedData:
    """Who may sign in (all with `PASSWORD`), and the ids of the sales and styles that exist."""

    ops: str
    finance: str
    second_finance: str
    clerk: str
    reseller: str
    code: str
    sale_id: int
    preview_id: int
    called_off_id: int
    style_ids: dict[str, int]


def session_of(login: str) -> str:
    """The key of the session that a seeded database has for somebody."""
    return f"session-of-{login}"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if sys.argv[1:] == ["empty"]:
        for role, name in (("ops", "小运"), ("finance", "小财")):
            call_command("add_person", login=role, name=name, role=role)
        return
    # Models can be imported only after the setup above.
    from tests import sample_data  # noqa: PLC0415
    from tests.browser import seed, seed_pictures  # noqa: PLC0415
    from tests.browser.sessions import open_sessions  # noqa: PLC0415

    if sys.argv[1:] == ["pictures"]:
        seed_pictures.add_pictures_to_styles()
        return
    made: sample_data.SampleData | SeedData
    if sys.argv[1:] == ["sample-data"]:
        made = sample_data.create_sample_data(datetime.now(UTC))
    else:
        made = seed.create_seed_data()
        if sys.argv[1:] == ["pictured"]:
            seed.create_more_styles()
            seed_pictures.add_pictures_to_styles()
    open_sessions()
    sys.stdout.write(json.dumps(asdict(made)))


if __name__ == "__main__":
    main()
