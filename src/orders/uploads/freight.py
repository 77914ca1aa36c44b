"""The freight of a workbook of orders before it is committed (ORDER-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Sum

from flashsales.rules.freight import FreightTerms, freight_of
from orders.models.uploads import OrderUploadLine

_TERMS = {
    name: F(f"item__sale__freight_terms__{name}")
    for name in ("first_fen", "further_fen", "free_from_fen", "free_from_units")
}


@dataclass(frozen=True, slots=True)
class UploadFreight:
    """In fen: the freight of all units of the wanted lines, and that of those of their units that are left."""

    all_fen: int = 0
    left_fen: int = 0


def freight_of_uploads(upload_ids: Sequence[int], wanted: Q) -> dict[int, UploadFreight]:
    """The freight of the wanted lines of each upload, by sale and recipient; one statement. Those that ship free are missing."""
    rows = (
        OrderUploadLine.objects.filter(wanted, upload_id__in=upload_ids, item__sale__freight_terms__first_fen__gt=0)
        .values("upload_id", "item__sale_id", "name", "phone", "address", **_TERMS)
        .annotate(
            asked=Sum("units"),
            asked_fen=Sum(F("price_fen") * F("units")),
            left=Sum("left_units"),
            left_fen=Sum(F("price_fen") * F("left_units")),
        )
    )
    found: dict[int, UploadFreight] = {}
    for row in rows:
        values: dict[str, Any] = dict(row)
        terms = FreightTerms(**{name: values[name] for name in _TERMS})
        so_far = found.get(row["upload_id"], UploadFreight())
        found[row["upload_id"]] = UploadFreight(
            so_far.all_fen + freight_of(units=row["asked"], goods_fen=row["asked_fen"], terms=terms),
            so_far.left_fen + freight_of(units=row["left"], goods_fen=row["left_fen"], terms=terms),
        )
    return found
