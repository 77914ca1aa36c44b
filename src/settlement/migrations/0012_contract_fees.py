import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0003_brand_order_minimum"),
        ("flashsales", "0007_hero_pin_and_saved_filters"),
        ("orders", "0022_longer_notes"),
        ("ledger", "0013_brand_fees_and_debts"),
        ("settlement", "0011_validate_freight"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BrandDebt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("carried", "carried")], max_length=12)),
                ("amount_fen", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ContractFee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("late_shipment", "late_shipment"),
                            ("shortage", "shortage"),
                            ("fault_return", "fault_return"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("line", "line"),
                            ("unit", "unit"),
                            ("payable_rate", "payable_rate"),
                            ("price_rate", "price_rate"),
                        ],
                        max_length=16,
                    ),
                ),
                ("amount_fen", models.BigIntegerField(help_text="per line or unit", null=True)),
                ("rate", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("cap_fen", models.BigIntegerField(help_text="the most for one line", null=True)),
                ("from_date", models.DateField()),
                (
                    "to_date",
                    models.DateField(help_text="included; null: until another fee of the kind begins", null=True),
                ),
                ("entered_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FeeWaiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("late_shipment", "late_shipment"),
                            ("shortage", "shortage"),
                            ("fault_return", "fault_return"),
                        ],
                        max_length=16,
                    ),
                ),
                ("from_date", models.DateField(null=True)),
                ("to_date", models.DateField(null=True)),
                ("reason", models.CharField(max_length=200)),
                ("entered_at", models.DateTimeField()),
                (
                    "ended_at",
                    models.DateTimeField(help_text="taken back: it covers nothing that is sent later", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatementDeduction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("late_shipment", "late_shipment"),
                            ("shortage", "shortage"),
                            ("fault_return", "fault_return"),
                        ],
                        max_length=16,
                    ),
                ),
                ("units", models.IntegerField()),
                ("amount_fen", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="statement",
            name="statement_totals_add_up",
        ),
        migrations.AddField(
            model_name="statement",
            name="carried_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="what the brand still owes after it, for the next one"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="deductions_fen",
            field=models.BigIntegerField(db_default=0, default=0, help_text="fees of the contract"),
        ),
        migrations.AddField(
            model_name="statement",
            name="netted_fen",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="what the brand owes from earlier statements, paid by this one"
            ),
        ),
        migrations.AlterField(
            model_name="statementdispute",
            name="claimed_fen",
            field=models.BigIntegerField(help_text="of the line or deduction, as the brand says"),
        ),
        migrations.AlterField(
            model_name="statementdispute",
            name="payable_fen",
            field=models.BigIntegerField(help_text="of the line or deduction, as the statement says"),
        ),
        AddConstraintNotValid(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    sold_fen=models.F("refunded_fen")
                    - models.F("carrier_claims_fen")
                    + models.F("commission_fen")
                    + models.F("payable_fen")
                    - models.F("adjustments_fen")
                    - models.F("freight_fen")
                    + models.F("deductions_fen")
                    + models.F("netted_fen")
                    - models.F("carried_fen")
                ),
                name="statement_totals_add_up",
            ),
        ),
        AddConstraintNotValid(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("carried_fen__gte", 0),
                    ("deductions_fen__gte", 0),
                    ("netted_fen__gte", 0),
                    models.Q(("carried_fen", 0), ("payable_fen", 0), _connector="OR"),
                ),
                name="statement_carries_or_pays",
            ),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="debts", to="brands.brand"
            ),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="source",
            field=models.ForeignKey(
                help_text="the statement that it comes from",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="debts_left",
                to="settlement.statement",
            ),
        ),
        migrations.AddField(
            model_name="branddebt",
            name="statement",
            field=models.ForeignKey(
                help_text="that pays it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="debts",
                to="settlement.statement",
            ),
        ),
        migrations.AddField(
            model_name="contractfee",
            name="brand",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contract_fees",
                to="brands.brand",
            ),
        ),
        migrations.AddField(
            model_name="contractfee",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="feewaiver",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="fee_waivers", to="brands.brand"
            ),
        ),
        migrations.AddField(
            model_name="feewaiver",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="feewaiver",
            name="line",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.orderline",
            ),
        ),
        migrations.AddField(
            model_name="feewaiver",
            name="sale",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="flashsales.sale",
            ),
        ),
        migrations.AddField(
            model_name="statementdeduction",
            name="fee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="settlement.contractfee"
            ),
        ),
        migrations.AddField(
            model_name="statementdeduction",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.orderline",
            ),
        ),
        migrations.AddField(
            model_name="statementdeduction",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="deductions", to="settlement.statement"
            ),
        ),
        migrations.AddField(
            model_name="statementdeduction",
            name="waiver",
            field=models.ForeignKey(
                help_text="then nothing is deducted",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlement.feewaiver",
            ),
        ),
        migrations.AddField(
            model_name="statementdispute",
            name="deduction",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disputes",
                to="settlement.statementdeduction",
            ),
        ),
        migrations.AddConstraint(
            model_name="branddebt",
            constraint=models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="brand_debt_positive"),
        ),
        migrations.AddConstraint(
            model_name="branddebt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "carried")), fields=("source",), name="brand_debt_carried_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="contractfee",
            constraint=models.UniqueConstraint(fields=("brand", "kind", "from_date"), name="contract_fee_once_per_day"),
        ),
        migrations.AddConstraint(
            model_name="contractfee",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_fen__gt", 0), ("basis__in", ["line", "unit"]), ("rate__isnull", True)),
                    models.Q(
                        ("amount_fen__isnull", True),
                        ("basis__in", ["payable_rate", "price_rate"]),
                        ("rate__gt", 0),
                        ("rate__lte", 1),
                    ),
                    _connector="OR",
                ),
                name="contract_fee_amount_or_rate",
            ),
        ),
        migrations.AddConstraint(
            model_name="contractfee",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_fen__isnull", True), ("cap_fen__gt", 0), _connector="OR"),
                name="contract_fee_cap_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="contractfee",
            constraint=models.CheckConstraint(
                condition=models.Q(("to_date__isnull", True), ("to_date__gte", models.F("from_date")), _connector="OR"),
                name="contract_fee_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementdeduction",
            constraint=models.UniqueConstraint(fields=("statement", "line", "kind"), name="deduction_once_per_line"),
        ),
        migrations.AddConstraint(
            model_name="statementdeduction",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0), ("units__gt", 0)), name="deduction_is_positive"
            ),
        ),
    ]
