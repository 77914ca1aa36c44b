from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("settlement", "0007_statement_periods")]

    operations = [
        migrations.AddField(
            model_name="statement",
            name="brand_has_money",
            field=models.BooleanField(
                db_default=False, default=False, help_text="a clerk of the brand closed it: the money arrived"
            ),
        ),
    ]
