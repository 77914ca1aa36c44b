from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from inventory import picture_models, size_chart_models  # noqa: F401 - Django looks for the tables of an app here
from inventory.rules import OPEN_STATES, ChangeKind, FaultKind, MovementKind, UploadState
from jobs.leases import ReadingJob


class Category(models.Model):
    """A node of the tree of goods. Only admitted leaves may be offered; forbidden ones are named so that uploads can say why."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    admitted = models.BooleanField(default=True)
    words = models.JSONField(default=list, help_text="words in workbooks that mean this category")

    @property
    def name(self) -> str:
        """In the language of whoever asks, on a page or by program."""
        return self.name_en if get_language() == "en" else self.name_zh


class BrandCategory(models.Model):
    """A category that a brand was admitted for."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="categories")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "category"], name="brand_category_once"),)


class Style(models.Model):
    """A design 款, named by its brand's style number 款号."""

    brand = models.ForeignKey(
        "brands.Brand", on_delete=models.PROTECT, related_name="styles", db_index=False, db_constraint=False
    )
    style_no = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    category = models.ForeignKey(
        Category, null=True, on_delete=models.PROTECT, related_name="styles", db_index=False, db_constraint=False
    )
    season = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    gender = models.CharField(max_length=10, blank=True)
    picture = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its main picture")
    defects = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="as the brand's remarks name them"
    )
    fabric = models.CharField(max_length=120, blank=True, default="", db_default="")
    origin = models.CharField(max_length=60, blank=True, default="", db_default="")
    selling_point = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "style_no"], name="style_no_unique_per_brand"),)
        indexes = (models.Index(fields=["category", "id"], name="styles_of_category"),)


class Sku(models.Model):
    """One colour × size of a style. Quantities change only through `inventory.services.stock.move`."""

    # Uploads write goods and movements by the hundred thousand: an index that another one begins with, and keys checked row by row,
    # would double the time of applying one. What the keys guard is held by triggers, once a statement (docs/decisions/0020).
    brand = models.ForeignKey(
        "brands.Brand", on_delete=models.PROTECT, related_name="skus", db_index=False, db_constraint=False
    )
    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="skus", db_index=False, db_constraint=False)
    colour = models.CharField(max_length=40, blank=True)
    size = models.CharField(max_length=20)
    barcode = models.CharField(max_length=32, null=True)  # noqa: DJ001 - two SKUs without barcode must not collide
    tag_price_fen = models.BigIntegerField()
    base_price_fen = models.BigIntegerField()
    on_hand = models.IntegerField(default=0)
    allotted = models.IntegerField(default=0)
    listed = models.BooleanField(
        default=True, db_default=True, help_text="false after the upload that added it was undone"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(listed=True) | Q(on_hand=0), name="sku_unlisted_is_empty"),
            # Begins with the brand, so that it also gives a brand's goods, style by style.
            models.UniqueConstraint(fields=["brand", "style", "colour", "size"], name="sku_unique_in_style"),
            models.UniqueConstraint(
                fields=["brand", "barcode"], name="barcode_unique_per_brand", condition=Q(barcode__isnull=False)
            ),
            models.CheckConstraint(condition=Q(allotted__gte=0, on_hand__gte=F("allotted")), name="sku_units_sound"),
            models.CheckConstraint(
                condition=Q(base_price_fen__gt=0, tag_price_fen__gte=F("base_price_fen")), name="sku_prices_sound"
            ),
        )


class Movement(models.Model):
    """Why the units of a SKU changed. Append-only; at most one of a kind per SKU and cause.

    What an applied upload moved is not here but in its list of changes (`StockLedger` has all of it).
    """

    sku = models.ForeignKey(
        Sku, on_delete=models.PROTECT, related_name="movements", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in MovementKind])
    cause = models.CharField(max_length=60, help_text="the row that it stems from, like sale:5")
    on_hand_delta = models.IntegerField()
    allotted_delta = models.IntegerField()
    at = models.DateTimeField()
    person = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sku", "kind", "cause"], name="movement_once_per_cause"),
            models.CheckConstraint(condition=~Q(on_hand_delta=0, allotted_delta=0), name="movement_moves_something"),
        )


class StockLedger(models.Model):
    """Every movement of a quantity, to read: those that have a row of their own, and those of applied uploads, from their lists of changes.

    Movements of one upload share an id: the number in the order of movements that it drew when it was applied.
    """

    id = models.BigIntegerField(primary_key=True)
    sku_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    cause = models.CharField(max_length=60)
    on_hand_delta = models.IntegerField()
    allotted_delta = models.IntegerField()
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "inventory_stockledger"


class Upload(models.Model):
    """A stock workbook of a brand and what became of it (STOCK-4). How far a worker has come with it stands in its `UploadJob`."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="uploads")
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in UploadState], default=UploadState.RECEIVED.value
    )
    baseline_seq = models.BigIntegerField(
        help_text="the quantities of the file are those after this movement (STOCK-3)"
    )

    reason = models.CharField(max_length=40, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    questions = models.JSONField(default=list)
    ignored = models.JSONField(
        default=list, help_text="lines that are neither goods nor faults, the first thousand stretches"
    )
    ignored_lines = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    styles_changed = models.PositiveIntegerField(default=0)
    size_charts = models.PositiveIntegerField(default=0, db_default=0, help_text="charts that it sets")
    faults = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    price_jumps = models.PositiveIntegerField(default=0, help_text="prices that need a second confirmation (STOCK-6)")
    changes_from = models.BigIntegerField(default=0, help_text="its changes lie in this range of ids")
    changes_to = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    annotated_name = models.CharField(
        max_length=200, blank=True, help_text="file name of the annotated copy, once it is made"
    )
    annotated_sha256 = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="of the annotated copy; its key names it"
    )
    annotation_failure = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="why there is no annotated copy"
    )

    ended_at = models.DateTimeField(null=True, help_text="when it was applied, cancelled or refused")
    applied_at_seq = models.BigIntegerField(null=True, help_text="its number in the order of movements")
    applied_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    changes_are_movements = models.BooleanField(
        db_default=False, help_text="applied: its changes are its movements, which have no rows of their own"
    )
    undone_at = models.DateTimeField(null=True)
    removed_skus = models.PositiveIntegerField(default=0, db_default=0)
    removed_styles = models.PositiveIntegerField(default=0, db_default=0)
    kept_skus = models.PositiveIntegerField(
        default=0, db_default=0, help_text="undone: added by it, and kept unlisted because something names them"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["brand"],
                name="one_open_upload_per_brand",
                condition=Q(state__in=[s.value for s in OPEN_STATES]),
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in UploadState]), name="upload_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=[UploadState.APPLIED.value, UploadState.UNDONE.value])
                | Q(applied_at_seq__isnull=False, ended_at__isnull=False),
                name="upload_applied_has_seq",
            ),
            models.CheckConstraint(
                condition=Q(changes_are_movements=False)
                | Q(state=UploadState.APPLIED.value, applied_at_seq__isnull=False),
                name="upload_movements_are_applied",
            ),
        )
        indexes = (
            models.Index(fields=["brand", "-id"], name="uploads_of_brand"),
            models.Index(fields=["sha256"], name="uploads_refused", condition=Q(state=UploadState.REFUSED.value)),
        )


class UploadJob(ReadingJob):
    """The work on an upload: reading it up to its preview, and making its annotated copy.

    An upload that is received or being read and whose lease is free waits for a worker. A message only tells a worker to look; where it
    was lost, the periodic sweep finds the row. Of two workers the one with the present fencing token writes, whatever the other has read.
    """

    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, primary_key=True, related_name="job")
    annotate_attempts = models.PositiveSmallIntegerField(default=0)
    annotate_lease_until = models.DateTimeField(null=True)


class UploadChanges(models.QuerySet["UploadChange"]):
    def of(self, upload: Upload) -> Self:
        """What an upload would do, or did, in the order of the file; SKUs that the file does not name come last."""
        return self.filter(pk__range=(upload.changes_from, upload.changes_to), upload_id=upload.pk)


class UploadChange(models.Model):
    """What an upload does to one SKU: new values in columns, the old ones that differ in `old`. Written at the preview.

    Only a worker that holds the upload's row writes here, by the hundred thousand: so there is no foreign key to check each, and no index
    but the key. Those of an upload are written in one go, so the upload keeps their range of ids (docs/decisions/0020).
    """

    upload = models.ForeignKey(
        Upload, on_delete=models.CASCADE, related_name="changes", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in ChangeKind])
    # The id of a SKU that is added is drawn at the preview, by the column's default, before the SKU is there: no foreign key.
    sku_id = models.BigIntegerField()
    style_id = models.BigIntegerField()
    exists = models.BooleanField(db_default=False, help_text="the SKU is in the catalogue already, listed or not")
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField(null=True)
    col = models.CharField(max_length=12, blank=True, help_text="in a matrix, where the quantity stands")
    style_no = models.CharField(max_length=64)
    colour = models.CharField(max_length=40, blank=True)
    size = models.CharField(max_length=20)
    barcode = models.CharField(max_length=32, null=True)  # noqa: DJ001 - as on the SKU
    tag_price_fen = models.BigIntegerField()
    base_price_fen = models.BigIntegerField()
    on_hand = models.IntegerField(help_text="when the preview was made, plus the delta")
    on_hand_delta = models.IntegerField()
    old = models.JSONField(db_default=models.Value({}, models.JSONField()))
    price_jump = models.CharField(
        max_length=10, blank=True, db_default="", help_text="which price needs a second look: tag or base"
    )
    baseline_fen = models.BigIntegerField(null=True, help_text="the price that it was compared with")
    zeroed = models.BooleanField(
        db_default=False, help_text="a SKU that the file does not name and the clerk wants set to zero"
    )

    objects = UploadChanges.as_manager()


class UploadStyle(models.Model):
    """What an upload does to one style; a style that only stays as it is has no row."""

    upload = models.ForeignKey(
        Upload, on_delete=models.CASCADE, related_name="styles", db_index=False, db_constraint=False
    )
    style_id = models.BigIntegerField()
    exists = models.BooleanField()
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField(null=True)
    style_no = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    # Checked when the upload is applied, as the category of a style: checking each row here would check it twice.
    category = models.ForeignKey(
        Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    season = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    gender = models.CharField(max_length=10, blank=True)
    picture = models.CharField(max_length=64, blank=True)
    defects = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="as the brand's remarks name them"
    )
    fabric = models.CharField(max_length=120, blank=True, default="", db_default="")
    origin = models.CharField(max_length=60, blank=True, default="", db_default="")
    selling_point = models.CharField(max_length=200, blank=True, default="", db_default="")
    old = models.JSONField(default=dict)
    pictures = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="pairs of colour and SHA-256"
    )
    picture_links = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="colour, address, sheet and row of each link",
    )

    class Meta:
        indexes = (models.Index(fields=["upload", "id"], name="styles_of_upload"),)


class UploadFault(models.Model):
    """A cell that is wrong or deserves a look, as the clerk reads it."""

    upload = models.ForeignKey(
        Upload, on_delete=models.CASCADE, related_name="fault_rows", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in FaultKind])
    from_catalogue = models.BooleanField(help_text="found by comparing with the catalogue, not by the reader")
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField()
    col = models.CharField(max_length=12, blank=True)
    header = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    value = models.TextField(blank=True)
    message_zh = models.TextField()
    message_en = models.TextField()
    hint_zh = models.TextField(blank=True)
    hint_en = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["upload", "kind", "id"], name="faults_of_upload"),)


class LayoutAnswer(models.Model):
    """Which column means what in a layout that a brand was once asked about, remembered for its next upload."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="column letters → field")
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "fingerprint"], name="layout_answered_once"),)


class Picture(models.Model):
    """A picture of goods, stored once by its hash, with its web sizes beside it in the store."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size_bytes = models.PositiveIntegerField()
    stored_at = models.DateTimeField()
    sized_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True, help_text="until then a worker is drawing it")
    retry_at = models.DateTimeField(null=True, help_text="not before, where its files could not be read or written")
    width = models.PositiveIntegerField(default=0, help_text="0 until it was sized, and where it is no picture")
    height = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=["stored_at"], name="pictures_to_size", condition=Q(sized_at__isnull=True)),)
