from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("treasury", "0005_money_out"),
    ]

    operations = [
        ValidateConstraint(model_name="moneyrequest", name="money_request_two_people"),
        ValidateConstraint(model_name="moneyrequest", name="money_request_is_decided"),
        ValidateConstraint(model_name="moneyrequest", name="money_request_paid"),
        ValidateConstraint(model_name="moneyrequest", name="money_request_in_batch"),
        AddIndexConcurrently(
            model_name="moneyrequest",
            index=models.Index(fields=["batch", "id"], name="money_requests_of_batch"),
        ),
        AddIndexConcurrently(
            model_name="moneyrequest",
            index=models.Index(fields=["reseller", "-id"], name="money_requests_of_reseller"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY money_request_paid_out_once ON treasury_moneyrequest (statement_id) WHERE state IN ('approved', 'in_batch', 'paid', 'waiting')",
                    "DROP INDEX CONCURRENTLY money_request_paid_out_once",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="moneyrequest",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["approved", "in_batch", "paid", "waiting"])),
                        fields=("statement",),
                        name="money_request_paid_out_once",
                    ),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY money_request_key_once ON treasury_moneyrequest (entered_by_id, key) WHERE NOT (key = '')",
                    "DROP INDEX CONCURRENTLY money_request_key_once",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="moneyrequest",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("entered_by", "key"),
                        name="money_request_key_once",
                    ),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY money_request_payout_once",
                    "CREATE UNIQUE INDEX CONCURRENTLY money_request_payout_once ON treasury_moneyrequest (statement_id)"
                    " WHERE state IN ('waiting', 'approved')",
                )
            ],
            state_operations=[migrations.RemoveConstraint(model_name="moneyrequest", name="money_request_payout_once")],
        ),
    ]
