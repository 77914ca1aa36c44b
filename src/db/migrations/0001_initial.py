from typing import ClassVar

from django.db import migrations

from db.database_file import apply_database_file


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [apply_database_file("db")]
