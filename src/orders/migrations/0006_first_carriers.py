from django.db import migrations

from orders.migrations._first_carriers import create_carriers


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_parcels")]
    operations = [migrations.RunPython(create_carriers, migrations.RunPython.noop)]
