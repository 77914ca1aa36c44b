"""The migrations 0001 to 0008 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels
from db.database_file import apply_database_file
from inventory.migrations._first_categories import create_categories

# New SKUs go by COPY straight into the list of changes, which draws their ids (docs/decisions/0020). An upload draws two ids for each of
# its 100,000 SKUs: a session that takes a thousand at a time halves what that costs (docs/decisions/0020).
IDS = """
ALTER TABLE inventory_uploadchange ALTER COLUMN sku_id SET DEFAULT nextval('inventory_sku_id_seq');
ALTER TABLE inventory_sku ALTER COLUMN id SET CACHE 1000;
ALTER TABLE inventory_uploadchange ALTER COLUMN id SET CACHE 1000;
"""


MODELS = [
    migrations.CreateModel(
        name="StockLedger",
        fields=[
            ("id", models.BigIntegerField(primary_key=True, serialize=False)),
            ("sku_id", models.BigIntegerField()),
            ("kind", models.CharField(max_length=10)),
            ("cause", models.CharField(max_length=60)),
            ("on_hand_delta", models.IntegerField()),
            ("allotted_delta", models.IntegerField()),
            ("at", models.DateTimeField()),
            ("person_id", models.BigIntegerField(null=True)),
        ],
        options={
            "db_table": "inventory_stockledger",
            "managed": False,
        },
    ),
    migrations.CreateModel(
        name="Upload",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("filename", models.CharField(max_length=200)),
            ("sha256", models.CharField(max_length=64)),
            ("size_bytes", models.BigIntegerField()),
            ("received_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("received", "received"),
                        ("reading", "reading"),
                        ("question", "question"),
                        ("preview", "preview"),
                        ("refused", "refused"),
                        ("applied", "applied"),
                        ("cancelled", "cancelled"),
                        ("undone", "undone"),
                    ],
                    default="received",
                    max_length=10,
                ),
            ),
            (
                "baseline_seq",
                models.BigIntegerField(help_text="the quantities of the file are those after this movement (STOCK-3)"),
            ),
            ("reason", models.CharField(blank=True, max_length=40)),
            ("reason_zh", models.TextField(blank=True)),
            ("reason_en", models.TextField(blank=True)),
            ("questions", models.JSONField(default=list)),
            (
                "ignored",
                models.JSONField(
                    default=list, help_text="lines that are neither goods nor faults, the first thousand stretches"
                ),
            ),
            ("ignored_lines", models.PositiveIntegerField(default=0)),
            ("rows", models.PositiveIntegerField(default=0)),
            ("added", models.PositiveIntegerField(default=0)),
            ("changed", models.PositiveIntegerField(default=0)),
            ("unchanged", models.PositiveIntegerField(default=0)),
            ("missing", models.PositiveIntegerField(default=0)),
            ("styles_changed", models.PositiveIntegerField(default=0)),
            ("size_charts", models.PositiveIntegerField(db_default=0, default=0, help_text="charts that it sets")),
            ("faults", models.PositiveIntegerField(default=0)),
            ("warnings", models.PositiveIntegerField(default=0)),
            (
                "price_jumps",
                models.PositiveIntegerField(default=0, help_text="prices that need a second confirmation (STOCK-6)"),
            ),
            ("changes_from", models.BigIntegerField(default=0, help_text="its changes lie in this range of ids")),
            ("changes_to", models.BigIntegerField(default=0)),
            ("read_at", models.DateTimeField(null=True)),
            (
                "annotated_name",
                models.CharField(
                    blank=True, help_text="file name of the annotated copy, once it is made", max_length=200
                ),
            ),
            (
                "annotated_sha256",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="of the annotated copy; its key names it",
                    max_length=64,
                ),
            ),
            (
                "annotation_failure",
                models.CharField(
                    blank=True, db_default="", default="", help_text="why there is no annotated copy", max_length=40
                ),
            ),
            ("ended_at", models.DateTimeField(help_text="when it was applied, cancelled or refused", null=True)),
            ("applied_at_seq", models.BigIntegerField(help_text="its number in the order of movements", null=True)),
            (
                "changes_are_movements",
                models.BooleanField(
                    db_default=False,
                    help_text="applied: its changes are its movements, which have no rows of their own",
                ),
            ),
            ("undone_at", models.DateTimeField(null=True)),
            ("removed_skus", models.PositiveIntegerField(db_default=0, default=0)),
            ("removed_styles", models.PositiveIntegerField(db_default=0, default=0)),
            (
                "kept_skus",
                models.PositiveIntegerField(
                    db_default=0,
                    default=0,
                    help_text="undone: added by it, and kept unlisted because something names them",
                ),
            ),
            (
                "applied_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "brand",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="brands.brand"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["brand", "-id"], name="uploads_of_brand"),
                models.Index(condition=models.Q(("state", "refused")), fields=["sha256"], name="uploads_refused"),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ["received", "reading", "question", "preview"])),
                    fields=("brand",),
                    name="one_open_upload_per_brand",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            ["received", "reading", "question", "preview", "refused", "applied", "cancelled", "undone"],
                        )
                    ),
                    name="upload_state_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["applied", "undone"]), _negated=True),
                        models.Q(("applied_at_seq__isnull", False), ("ended_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="upload_applied_has_seq",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("changes_are_movements", False),
                        models.Q(("applied_at_seq__isnull", False), ("state", "applied")),
                        _connector="OR",
                    ),
                    name="upload_movements_are_applied",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Category",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("code", models.SlugField(max_length=40, unique=True)),
            ("name_zh", models.CharField(max_length=40)),
            ("name_en", models.CharField(max_length=60)),
            ("admitted", models.BooleanField(default=True)),
            ("words", models.JSONField(default=list, help_text="words in workbooks that mean this category")),
            (
                "parent",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="children",
                    to="inventory.category",
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Picture",
        fields=[
            ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
            ("size_bytes", models.PositiveIntegerField()),
            ("stored_at", models.DateTimeField()),
            ("sized_at", models.DateTimeField(null=True)),
            ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
            ("lease_until", models.DateTimeField(help_text="until then a worker is drawing it", null=True)),
            (
                "retry_at",
                models.DateTimeField(help_text="not before, where its files could not be read or written", null=True),
            ),
            (
                "width",
                models.PositiveIntegerField(default=0, help_text="0 until it was sized, and where it is no picture"),
            ),
            ("height", models.PositiveIntegerField(default=0)),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("sized_at__isnull", True)), fields=["stored_at"], name="pictures_to_size"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Style",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("style_no", models.CharField(max_length=64)),
            ("name", models.CharField(blank=True, max_length=120)),
            ("season", models.CharField(blank=True, max_length=20)),
            ("year", models.PositiveSmallIntegerField(null=True)),
            ("gender", models.CharField(blank=True, max_length=10)),
            ("picture", models.CharField(blank=True, help_text="SHA-256 of its main picture", max_length=64)),
            (
                "defects",
                models.CharField(
                    blank=True, db_default="", default="", help_text="as the brand's remarks name them", max_length=500
                ),
            ),
            ("fabric", models.CharField(blank=True, db_default="", default="", max_length=120)),
            ("origin", models.CharField(blank=True, db_default="", default="", max_length=60)),
            ("selling_point", models.CharField(blank=True, db_default="", default="", max_length=200)),
            (
                "brand",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="styles",
                    to="brands.brand",
                ),
            ),
            (
                "category",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="styles",
                    to="inventory.category",
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["category", "id"], name="styles_of_category")],
            "constraints": [models.UniqueConstraint(fields=("brand", "style_no"), name="style_no_unique_per_brand")],
        },
    ),
    migrations.CreateModel(
        name="Sku",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("colour", models.CharField(blank=True, max_length=40)),
            ("size", models.CharField(max_length=20)),
            ("barcode", models.CharField(max_length=32, null=True)),
            ("tag_price_fen", models.BigIntegerField()),
            ("base_price_fen", models.BigIntegerField()),
            ("on_hand", models.IntegerField(default=0)),
            ("allotted", models.IntegerField(default=0)),
            (
                "listed",
                models.BooleanField(
                    db_default=True, default=True, help_text="false after the upload that added it was undone"
                ),
            ),
            (
                "brand",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="skus",
                    to="brands.brand",
                ),
            ),
            (
                "style",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="skus",
                    to="inventory.style",
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("listed", True), ("on_hand", 0), _connector="OR"), name="sku_unlisted_is_empty"
                ),
                models.UniqueConstraint(fields=("brand", "style", "colour", "size"), name="sku_unique_in_style"),
                models.UniqueConstraint(
                    condition=models.Q(("barcode__isnull", False)),
                    fields=("brand", "barcode"),
                    name="barcode_unique_per_brand",
                ),
                models.CheckConstraint(
                    condition=models.Q(("allotted__gte", 0), ("on_hand__gte", models.F("allotted"))),
                    name="sku_units_sound",
                ),
                models.CheckConstraint(
                    condition=models.Q(("base_price_fen__gt", 0), ("tag_price_fen__gte", models.F("base_price_fen"))),
                    name="sku_prices_sound",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="UploadJob",
        fields=[
            (
                "fencing_token",
                models.PositiveIntegerField(default=0, help_text="how often a worker has taken the upload"),
            ),
            (
                "attempts",
                models.PositiveSmallIntegerField(
                    default=0, help_text="how often reading was begun that could have ended"
                ),
            ),
            ("lease_until", models.DateTimeField(help_text="until then a worker has it", null=True)),
            ("stage", models.CharField(blank=True, max_length=20)),
            ("lines", models.PositiveIntegerField(default=0)),
            ("lines_done", models.PositiveIntegerField(default=0)),
            ("faults_found", models.PositiveIntegerField(default=0)),
            ("seconds_left", models.PositiveIntegerField(null=True)),
            (
                "upload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="job",
                    serialize=False,
                    to="inventory.upload",
                ),
            ),
            ("annotate_attempts", models.PositiveSmallIntegerField(default=0)),
            ("annotate_lease_until", models.DateTimeField(null=True)),
        ],
        options={
            "abstract": False,
        },
    ),
    migrations.CreateModel(
        name="StylePicture",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("sha256", models.CharField(max_length=64)),
            ("colour", models.CharField(blank=True, max_length=40)),
            (
                "position",
                models.PositiveSmallIntegerField(
                    help_text="0 first; two may have the same, the one that came first goes before"
                ),
            ),
            (
                "source",
                models.CharField(
                    choices=[("workbook", "workbook"), ("link", "link"), ("archive", "archive")], max_length=10
                ),
            ),
            ("added_at", models.DateTimeField()),
            (
                "has_logo",
                models.BooleanField(default=False, help_text="it shows the brand's name or logo, as ops see it"),
            ),
            ("looked_at", models.DateTimeField(help_text="when ops last said whether it shows a logo", null=True)),
            (
                "looked_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "style",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="pictures",
                    to="inventory.style",
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    help_text="the workbook that brought it",
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="inventory.upload",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["sha256"], name="style_pictures_by_sha256"),
                models.Index(
                    condition=models.Q(("looked_at__isnull", True)), fields=["id"], name="style_pictures_to_look_at"
                ),
            ],
            "constraints": [models.UniqueConstraint(fields=("style", "sha256"), name="style_picture_once")],
        },
    ),
    migrations.CreateModel(
        name="PictureLink",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("colour", models.CharField(blank=True, max_length=40)),
            ("address", models.CharField(max_length=1000)),
            ("position", models.PositiveSmallIntegerField()),
            ("sheet", models.CharField(blank=True, max_length=80)),
            ("row", models.PositiveIntegerField(null=True)),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "waiting"), ("done", "done"), ("refused", "refused")],
                    db_default="waiting",
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
            (
                "lease_until",
                models.DateTimeField(help_text="until then a worker has it, or nobody tries again", null=True),
            ),
            ("reason", models.CharField(blank=True, db_default="", help_text="why there is no picture", max_length=40)),
            (
                "style",
                models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inventory.style"),
            ),
            (
                "upload",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inventory.upload"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "waiting")), fields=["id"], name="picture_links_waiting")
            ],
            "constraints": [models.UniqueConstraint(fields=("upload", "style", "address"), name="picture_link_once")],
        },
    ),
    migrations.CreateModel(
        name="UploadChange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[("added", "added"), ("changed", "changed"), ("missing", "missing")], max_length=8
                ),
            ),
            ("sku_id", models.BigIntegerField()),
            ("style_id", models.BigIntegerField()),
            (
                "exists",
                models.BooleanField(db_default=False, help_text="the SKU is in the catalogue already, listed or not"),
            ),
            ("sheet", models.CharField(blank=True, max_length=80)),
            ("row", models.PositiveIntegerField(null=True)),
            ("col", models.CharField(blank=True, help_text="in a matrix, where the quantity stands", max_length=12)),
            ("style_no", models.CharField(max_length=64)),
            ("colour", models.CharField(blank=True, max_length=40)),
            ("size", models.CharField(max_length=20)),
            ("barcode", models.CharField(max_length=32, null=True)),
            ("tag_price_fen", models.BigIntegerField()),
            ("base_price_fen", models.BigIntegerField()),
            ("on_hand", models.IntegerField(help_text="when the preview was made, plus the delta")),
            ("on_hand_delta", models.IntegerField()),
            ("old", models.JSONField(db_default=models.Value({}, models.JSONField()))),
            (
                "price_jump",
                models.CharField(
                    blank=True, db_default="", help_text="which price needs a second look: tag or base", max_length=10
                ),
            ),
            ("baseline_fen", models.BigIntegerField(help_text="the price that it was compared with", null=True)),
            (
                "zeroed",
                models.BooleanField(
                    db_default=False, help_text="a SKU that the file does not name and the clerk wants set to zero"
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="changes",
                    to="inventory.upload",
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="UploadFault",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("fault", "fault"), ("warning", "warning")], max_length=8)),
            (
                "from_catalogue",
                models.BooleanField(help_text="found by comparing with the catalogue, not by the reader"),
            ),
            ("sheet", models.CharField(blank=True, max_length=80)),
            ("row", models.PositiveIntegerField()),
            ("col", models.CharField(blank=True, max_length=12)),
            ("header", models.CharField(blank=True, max_length=200)),
            ("code", models.CharField(max_length=40)),
            ("value", models.TextField(blank=True)),
            ("message_zh", models.TextField()),
            ("message_en", models.TextField()),
            ("hint_zh", models.TextField(blank=True)),
            ("hint_en", models.TextField(blank=True)),
            (
                "upload",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="fault_rows",
                    to="inventory.upload",
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["upload", "kind", "id"], name="faults_of_upload")],
        },
    ),
    migrations.CreateModel(
        name="UploadSizeChart",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "style_id",
                models.BigIntegerField(help_text="of a style that the upload may be the first to name", null=True),
            ),
            ("style_no", models.CharField(blank=True, max_length=64)),
            ("sheet", models.CharField(blank=True, max_length=80)),
            ("row", models.PositiveIntegerField()),
            ("rows", models.JSONField(help_text="lines of cells, the heading first")),
            ("old", models.JSONField(help_text="before the upload was applied; null where there was none", null=True)),
            (
                "category",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inventory.category",
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="chart_rows", to="inventory.upload"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("category__isnull", True), ("style_id__isnull", True), _connector="OR"),
                    name="upload_size_chart_of_one_subject",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="UploadStyle",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("style_id", models.BigIntegerField()),
            ("exists", models.BooleanField()),
            ("sheet", models.CharField(blank=True, max_length=80)),
            ("row", models.PositiveIntegerField(null=True)),
            ("style_no", models.CharField(max_length=64)),
            ("name", models.CharField(blank=True, max_length=120)),
            ("season", models.CharField(blank=True, max_length=20)),
            ("year", models.PositiveSmallIntegerField(null=True)),
            ("gender", models.CharField(blank=True, max_length=10)),
            ("picture", models.CharField(blank=True, max_length=64)),
            (
                "defects",
                models.CharField(
                    blank=True, db_default="", default="", help_text="as the brand's remarks name them", max_length=500
                ),
            ),
            ("fabric", models.CharField(blank=True, db_default="", default="", max_length=120)),
            ("origin", models.CharField(blank=True, db_default="", default="", max_length=60)),
            ("selling_point", models.CharField(blank=True, db_default="", default="", max_length=200)),
            ("old", models.JSONField(default=dict)),
            (
                "pictures",
                models.JSONField(
                    db_default=models.Value([], models.JSONField()),
                    default=list,
                    help_text="pairs of colour and SHA-256",
                ),
            ),
            (
                "picture_links",
                models.JSONField(
                    db_default=models.Value([], models.JSONField()),
                    default=list,
                    help_text="colour, address, sheet and row of each link",
                ),
            ),
            (
                "category",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inventory.category",
                ),
            ),
            (
                "upload",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="styles",
                    to="inventory.upload",
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["upload", "id"], name="styles_of_upload")],
        },
    ),
    migrations.CreateModel(
        name="BrandCategory",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "brand",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="categories", to="brands.brand"
                ),
            ),
            (
                "category",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.category"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("brand", "category"), name="brand_category_once")],
        },
    ),
    migrations.CreateModel(
        name="LayoutAnswer",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("fingerprint", models.CharField(max_length=64)),
            ("columns", models.JSONField(default=dict, help_text="column letters → field")),
            ("answered_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="brands.brand"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("brand", "fingerprint"), name="layout_answered_once")],
        },
    ),
    migrations.CreateModel(
        name="PictureArchive",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("filename", models.CharField(max_length=200)),
            ("sha256", models.CharField(max_length=64)),
            ("size_bytes", models.BigIntegerField()),
            ("received_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "waiting"), ("done", "done"), ("refused", "refused")],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("lease_until", models.DateTimeField(help_text="until then a worker has it", null=True)),
            ("ended_at", models.DateTimeField(null=True)),
            ("reason", models.CharField(blank=True, help_text="why it was refused", max_length=40)),
            ("taken", models.PositiveIntegerField(default=0, help_text="pictures that are now with their styles")),
            (
                "left_out",
                models.JSONField(
                    default=list, help_text="name and reason of each file that was not taken, the first ones"
                ),
            ),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["brand", "-id"], name="archives_of_brand"),
                models.Index(condition=models.Q(("state", "waiting")), fields=["id"], name="archives_waiting"),
            ],
        },
    ),
    migrations.CreateModel(
        name="SizeChart",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("rows", models.JSONField(help_text="lines of cells, the heading first")),
            ("set_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"
                ),
            ),
            (
                "category",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inventory.category",
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("brand", "category"), name="size_chart_once", nulls_distinct=False)
            ],
        },
    ),
    migrations.CreateModel(
        name="Movement",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("upload", "upload"),
                        ("allot", "allot"),
                        ("return", "return"),
                        ("sold", "sold"),
                        ("cancelled", "cancelled"),
                        ("returned", "returned"),
                        ("resent", "resent"),
                        ("adjust", "adjust"),
                    ],
                    max_length=10,
                ),
            ),
            ("cause", models.CharField(help_text="the row that it stems from, like sale:5", max_length=60)),
            ("on_hand_delta", models.IntegerField()),
            ("allotted_delta", models.IntegerField()),
            ("at", models.DateTimeField()),
            (
                "person",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "sku",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="movements",
                    to="inventory.sku",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("sku", "kind", "cause"), name="movement_once_per_cause"),
                models.CheckConstraint(
                    condition=models.Q(("allotted_delta", 0), ("on_hand_delta", 0), _negated=True),
                    name="movement_moves_something",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StyleSizeChart",
        fields=[
            (
                "style",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="+",
                    serialize=False,
                    to="inventory.style",
                ),
            ),
            ("rows", models.JSONField(help_text="lines of cells, the heading first")),
            ("set_at", models.DateTimeField()),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("inventory", "0001_initial"),
        ("inventory", "0002_first_categories"),
        ("inventory", "0003_annotated_sha256"),
        ("inventory", "0004_movement_returned"),
        ("inventory", "0005_resends"),
        ("inventory", "0006_style_pictures"),
        ("inventory", "0007_size_charts"),
        ("inventory", "0008_size_charts_of_styles"),
    ]

    dependencies = [
        ("brands", "0001_squashed_0004_closed_brands"),
        ("db", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunSQL(IDS, migrations.RunSQL.noop),
        apply_database_file("inventory"),
        migrations.RunPython(create_categories, migrations.RunPython.noop),
    ]
