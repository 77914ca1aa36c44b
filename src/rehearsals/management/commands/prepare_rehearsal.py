"""`prepare_rehearsal`: fill the second database of a rehearsal. Started by `rehearsals.services.running`, not by people."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from rehearsals.rules import Curve, Plan
from rehearsals.services.preparing import prepare


class Command(BaseCommand):
    help = "Fill the second database of a rehearsal as a file says. Started by the service itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON of rehearsals.services.running")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = json.loads(options["file"].read_text())
        plan = Plan(**(asked["plan"] | {"curve": Curve(asked["plan"]["curve"])}))
        now = datetime.fromisoformat(asked["now"])
        prepared = prepare(asked["source"], sale_id=asked["sale_id"], plan=plan, now=now)
        self.stdout.write(json.dumps(asdict(prepared)))
