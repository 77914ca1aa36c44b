from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_in_wechat"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="provider_until",
            field=models.DateTimeField(
                help_text="the end that the provider is told; `expires_at` where it is not known", null=True
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="expires_at",
            field=models.DateTimeField(
                help_text="when it is closed; earlier than `provider_until` where it ended early"
            ),
        ),
    ]
