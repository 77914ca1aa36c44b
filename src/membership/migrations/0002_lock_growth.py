"""The function that locks a member and reads what her growth is made of."""

from django.db import migrations

from db.database_file import apply_database_file


class Migration(migrations.Migration):
    dependencies = [("membership", "0001_initial")]

    operations = [apply_database_file("membership")]
