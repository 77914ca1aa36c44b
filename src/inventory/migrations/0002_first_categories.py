from django.db import migrations

from inventory.migrations._first_categories import create_categories


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [migrations.RunPython(create_categories, migrations.RunPython.noop)]
