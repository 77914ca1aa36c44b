"""Brings a database to where the browser tests begin. Run in a process of its own, against DATABASE_URL.

python -m tests.browser.stage         migrates, collects static files, plays the cast in, and prints it as JSON
python -m tests.browser.stage lived-in   the same with a service that has been used for weeks (tests/lived_in.py)
python -m tests.browser.stage empty   migrates, collects static files, and enters ops and finance, by the command that enters the
                                      first people of any marketplace; their passwords are read from standard input
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
class Cast:
    """Who may sign in (all with `PASSWORD`), and what is there to be looked at."""

    ops: str
    finance: str
    clerk: str
    reseller: str
    code: str
    sale_id: int
    preview_id: int
    called_off_id: int
    style_ids: dict[str, int]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if sys.argv[1:] == ["empty"]:
        for role, name in (("ops", "小运"), ("finance", "小财")):
            call_command("add_person", login=role, name=name, role=role)
        return
    if sys.argv[1:] == ["lived-in"]:
        from tests import lived_in  # noqa: PLC0415 - as below

        sys.stdout.write(json.dumps(asdict(lived_in.play(datetime.now(UTC)))))
        return
    from tests.browser import cast  # noqa: PLC0415 - models can be imported only after the setup above

    sys.stdout.write(json.dumps(asdict(cast.play())))


if __name__ == "__main__":
    main()
