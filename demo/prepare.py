"""`python -m demo.prepare`: bring the database and the static files up to date, in one process since each start counts."""

import sys

import django
from django.core.management import CommandError, call_command


def main() -> None:
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except CommandError as refused:
        sys.exit(str(refused))
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
