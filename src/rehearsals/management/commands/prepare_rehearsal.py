"""`prepare_rehearsal`: fill the second database of a rehearsal. Started by `rehearsals.services.running`, not by people."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from rehearsals.rules import Curve, Plan
from rehearsals.services.preparing import prepare


class Command(BaseCommand):
    help = "Fill the second database of a rehearsal from what stands on standard input. Started by the service itself."

    def handle(self, **options: Any) -> None:
        asked = json.loads(sys.stdin.readline())
        plan = Plan(**(asked["plan"] | {"curve": Curve(asked["plan"]["curve"])}))
        now = datetime.fromisoformat(asked["now"])
        prepared = prepare(asked["source"], sale_id=asked["sale_id"], plan=plan, now=now)
        self.stdout.write(json.dumps(asdict(prepared)))
