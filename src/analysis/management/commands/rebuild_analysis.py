"""Count all figures of analysis again: `manage.py rebuild_analysis`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.services import rollups
from kernel import clock


class Command(BaseCommand):
    help = "Count the figures of all days and sales again, from the order lines and the sale items."

    def handle(self, *args: Any, **options: Any) -> None:
        refreshed = rollups.refresh(now=clock.now(), everything=True)
        if refreshed is None:
            raise CommandError("A worker is refreshing the figures at this moment; try again.")
        self.stdout.write(f"Counted {refreshed.days} days and {refreshed.sales} sales.")
