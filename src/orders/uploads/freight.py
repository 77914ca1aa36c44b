"""The freight of a workbook of orders before it is committed (ORDER-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Sum

from flashsales.rules.freight import FreightTerms, freight_of
from orders.models.uploads import OrderUploadLine
from orders.selectors.delivery import province_of

_TERMS = {
    name: F(f"item__sale__freight_terms__{name}")
    for name in ("first_fen", "further_fen", "free_from_fen", "free_from_units", "surcharges", "no_delivery")
}


@dataclass(frozen=True, slots=True)
class UploadFreight:
    """In fen: the freight of all units of the wanted lines, and that of those of their units that are left."""

    all_fen: int = 0
    left_fen: int = 0


def freight_of_uploads(upload_ids: Sequence[int], wanted: Q) -> dict[int, UploadFreight]:
    """The freight of the wanted lines of each upload, by sale and recipient; one statement. Those that ship free are missing."""
    has_freight = Q(item__sale__freight_terms__first_fen__gt=0) | ~Q(item__sale__freight_terms__surcharges=[])
    rows = (
        OrderUploadLine.objects.filter(wanted, has_freight, upload_id__in=upload_ids)
        .exclude(item__sale__freight_terms=None)
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
        terms = FreightTerms.from_json({name: values[name] for name in _TERMS})
        province = province_of(row["address"]) if terms.are_by_province else ""
        so_far = found.get(row["upload_id"], UploadFreight())
        found[row["upload_id"]] = UploadFreight(
            so_far.all_fen + freight_of(units=row["asked"], goods_fen=row["asked_fen"], terms=terms, province=province),
            so_far.left_fen + freight_of(units=row["left"], goods_fen=row["left_fen"], terms=terms, province=province),
        )
    return found
