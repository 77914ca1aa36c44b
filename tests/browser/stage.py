"""What stands on the books when the browser tests begin: a brand on sale, a preview, and resellers. Run in a process of its own.

python -m tests.browser.stage       prints the cast as JSON
"""

import json
import os
import sys
from dataclasses import asdict, dataclass

import django

PASSWORD = "wei-cang-7788"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who may sign in (all with `PASSWORD`), and what is there to be looked at."""

    ops: str
    finance: str
    reseller: str
    code: str
    sale_id: int
    preview_id: int
    style_ids: dict[str, int]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.browser import cast  # noqa: PLC0415 - models exist only after setup

    sys.stdout.write(json.dumps(asdict(cast.play())))


if __name__ == "__main__":
    main()
