"""What foreign keys would guard is guarded by triggers, a statement at a time (docs/decisions/0020)."""

import pytest
from django.db import IntegrityError, transaction

from inventory.models import Category, Movement, Sku, Style

NOWHERE = 10**12


def test_a_style_names_a_category_that_is_there_and_keeps_it(brand_id: int) -> None:
    with pytest.raises(IntegrityError, match="category that does not exist"), transaction.atomic():
        Style.objects.create(brand_id=brand_id, style_no="S", category_id=NOWHERE)
    shirts = Category.objects.filter(admitted=True)[0]
    Style.objects.create(brand_id=brand_id, style_no="without")
    style = Style.objects.create(brand_id=brand_id, style_no="with", category=shirts)
    with pytest.raises(IntegrityError, match="category that does not exist"), transaction.atomic():
        Style.objects.filter(brand_id=brand_id).update(category_id=NOWHERE)
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Category.objects.filter(pk=shirts.pk)._raw_delete("default")
    style.refresh_from_db()
    assert style.category == shirts


def test_goods_name_a_style_and_movements_goods_that_are_there(brand_id: int) -> None:
    with pytest.raises(IntegrityError, match="style that does not exist"), transaction.atomic():
        Sku.objects.create(brand_id=brand_id, style_id=NOWHERE, size="M", tag_price_fen=2, base_price_fen=1)
    style = Style.objects.create(brand_id=brand_id, style_no="S")
    sku = Sku.objects.create(brand_id=brand_id, style=style, size="M", tag_price_fen=2, base_price_fen=1)
    with pytest.raises(IntegrityError, match="SKU that does not exist"), transaction.atomic():
        Movement.objects.bulk_create(
            Movement(sku_id=sku_id, kind="adjust", cause="x", on_hand_delta=1, allotted_delta=0, at="2026-01-01T00:00Z")
            for sku_id in (sku.pk, NOWHERE)
        )
    assert not Movement.objects.exists()
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Style.objects.filter(brand_id=brand_id)._raw_delete("default")
    Movement.objects.create(
        sku_id=sku.pk, kind="adjust", cause="x", on_hand_delta=1, allotted_delta=0, at="2026-01-01T00:00Z"
    )
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Sku.objects.filter(brand_id=brand_id)._raw_delete("default")
