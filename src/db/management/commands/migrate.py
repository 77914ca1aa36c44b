"""Django's `migrate`, which first refuses a database that the migrations of the first release cannot bring up to date."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from db.old_databases import OLD_DATABASE, is_from_before_the_first_release


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        applied = set(MigrationRecorder(connections[options["database"]]).applied_migrations())
        if is_from_before_the_first_release(applied, set(MigrationLoader(None).disk_migrations)):
            raise CommandError(OLD_DATABASE)
        super().handle(*args, **options)
