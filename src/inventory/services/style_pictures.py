"""Writes of the pictures of styles: add, order, choose the cover, remove, and say which show a logo (STOCK-13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import require_own_brand
from inventory.models import Style, Upload
from inventory.picture_models import StylePicture
from inventory.rules import MAX_STYLE_PICTURES, PictureSource
from inventory.selectors.pictures import list_pictures
from inventory.selectors.styles import colours_of_style
from inventory.sql.pictures import StylePictureView
from kernel.refusal import Invalid, Missing

MAX_MARKED = 200


class NoSuchStylePicture(Missing):
    code = "inventory.no_such_style_picture"
    zh = "这款没有这张图片，可能刚被删掉"
    en = "The style does not have this picture; it may have been removed just now"


class PicturesChanged(Invalid):
    code = "inventory.pictures_changed"
    zh = "图片和刚才看到的不一样了，请刷新页面再排"
    en = "The pictures are not those that you saw; reload the page and order them again"


class NoSuchColour(Invalid):
    code = "inventory.no_such_colour"
    zh = "这款没有颜色「{colour}」"
    en = "The style does not have the colour {colour}"
    colour: str


class TooManyMarked(Invalid):
    code = "inventory.too_many_pictures_marked"
    zh = "一次最多标 {limit} 张"
    en = "At most {limit} pictures can be marked at a time"
    limit: int


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A stored picture that a style gets; `order` ranks it among those that come with it."""

    style_id: int
    sha256: str
    colour: str
    order: int = 0


@transaction.atomic
def add_pictures(
    *, pictures: Sequence[NewPicture], source: PictureSource, upload_id: int | None = None, now: datetime
) -> list[NewPicture]:
    """Give styles pictures behind those that they have; the first picture of a style becomes its cover.

    Returns those that were not taken, because their style has MAX_STYLE_PICTURES already; one that the style has already is none of them.
    Called by workers: the brand's clerk was asked when the archive or the workbook came.
    """
    style_ids = sorted({each.style_id for each in pictures})
    styles = {row.pk: row for row in Style.objects.select_for_update().filter(pk__in=style_ids).order_by("pk")}
    rows = StylePicture.objects.filter(style_id__in=style_ids).order_by("position", "id")
    present: dict[int, list[StylePicture]] = {style_id: [] for style_id in style_ids}
    for row in rows:
        present[row.style_id].append(row)
    left_out = []
    for each in sorted(pictures, key=lambda one: (one.style_id, one.order)):
        style, there = styles.get(each.style_id), present[each.style_id]
        if style is None or any(row.sha256 == each.sha256 for row in there):
            continue
        if len(there) >= MAX_STYLE_PICTURES:
            left_out.append(each)
            continue
        position = max((row.position for row in there), default=-1) + 1
        there.append(
            StylePicture.objects.create(
                style=style, sha256=each.sha256, colour=each.colour[:40], position=position, source=source.value,
                upload_id=upload_id, added_at=now,
            )
        )  # fmt: skip
        if not style.picture:
            style.picture = each.sha256
            style.save(update_fields=["picture"])
    return left_out


@transaction.atomic
def arrange_pictures(*, actor: Actor, style_id: int, sha256s: Sequence[str], now: datetime) -> list[StylePictureView]:
    """Put the pictures of a style of the clerk's brand into this order; the first one is the cover.

    Refuses a list that does not name each picture of the style once.
    """
    style = _own_style(actor, style_id)
    rows = _rows_of(style, now)
    if sorted(sha256s) != sorted(rows):
        raise PicturesChanged
    for position, sha256 in enumerate(sha256s):
        row = rows[sha256]
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
    if sha256s and style.picture != sha256s[0]:
        style.picture = sha256s[0]
        style.save(update_fields=["picture"])
    details = {"pictures": len(rows), "cover": style.picture}
    record(
        actor=actor, action="inventory.arrange_pictures", kind="style", subject_id=style.pk, details=details, now=now
    )
    return list_pictures([style.pk], without_logos=False).get(style.pk, [])


@transaction.atomic
def set_picture_colours(
    *, actor: Actor, style_id: int, colours: Mapping[str, str], now: datetime
) -> list[StylePictureView]:
    """Say which colour each of these pictures shows, by SHA-256; "" for all colours. A repetition changes nothing.

    Refuses a picture that the style of the clerk's brand does not have, and a colour of none of its SKUs.
    """
    style = _own_style(actor, style_id)
    rows = _rows_of(style, now)
    known = colours_of_style(style.pk)
    changed = {}
    for sha256, colour in colours.items():
        if sha256 not in rows:
            raise NoSuchStylePicture
        if colour and colour not in known:
            raise NoSuchColour(colour=colour[:40])
        if rows[sha256].colour != colour:
            changed[sha256] = colour
    for sha256, colour in changed.items():
        rows[sha256].colour = colour
        rows[sha256].save(update_fields=["colour"])
    if changed:
        record(
            actor=actor, action="inventory.set_picture_colours", kind="style", subject_id=style.pk,
            details={"pictures": len(changed)}, now=now,
        )  # fmt: skip
    return list_pictures([style.pk], without_logos=False).get(style.pk, [])


@transaction.atomic
def remove_picture(*, actor: Actor, style_id: int, sha256: str, now: datetime) -> list[StylePictureView]:
    """Remove a picture of a style of the clerk's brand; where it was the cover the next one is. A repetition changes nothing."""
    style = _own_style(actor, style_id)
    rows = _rows_of(style, now)
    row = rows.pop(sha256, None)
    if row is not None:
        row.delete()
        if style.picture == sha256:
            style.picture = next(iter(rows), "")
            style.save(update_fields=["picture"])
        details = {"sha256": sha256, "cover": style.picture}
        record(
            actor=actor, action="inventory.remove_picture", kind="style", subject_id=style.pk, details=details, now=now
        )
    return list_pictures([style.pk], without_logos=False).get(style.pk, [])


@transaction.atomic
def mark_logos(*, actor: Actor, with_logo: Sequence[int], without_logo: Sequence[int], now: datetime) -> int:
    """Say of pictures (ids of StylePicture) whether they show a brand's name or logo; returns how many answers are new.

    The same picture of other styles of the brand gets the same answer. By ops. Refuses more than MAX_MARKED at a time.
    """
    require_roles(actor, Role.OPS)
    if len(with_logo) + len(without_logo) > MAX_MARKED:
        raise TooManyMarked(limit=MAX_MARKED)
    changed = 0
    for ids, has_logo in ((set(with_logo), True), (set(without_logo) - set(with_logo), False)):
        chosen = StylePicture.objects.filter(pk__in=ids).values_list("sha256", "style__brand_id")
        same = [
            pk
            for sha256, brand_id in chosen
            for pk in StylePicture.objects.filter(sha256=sha256, style__brand_id=brand_id).values_list("pk", flat=True)
        ]
        rows = StylePicture.objects.filter(pk__in=sorted(set(same))).exclude(has_logo=has_logo, looked_at__isnull=False)
        for pk in rows.values_list("pk", flat=True):
            details = {"has_logo": has_logo}
            record(
                actor=actor, action="inventory.mark_logo", kind="style_picture", subject_id=pk, details=details, now=now
            )
        changed += rows.update(has_logo=has_logo, looked_at=now, looked_by_id=actor.person_id)
    return changed


def warn_of_link(upload_id: int) -> None:
    """Count a warning that was found after the upload was applied."""
    row = Upload.objects.select_for_update().get(pk=upload_id)
    row.warnings += 1
    row.save(update_fields=["warnings"])


def _own_style(actor: Actor, style_id: int) -> Style:
    brand = require_own_brand(actor)
    style = Style.objects.select_for_update().filter(pk=style_id, brand_id=brand.id).first()
    if style is None:
        raise NoSuchStylePicture
    return style


def _rows_of(style: Style, now: datetime) -> dict[str, StylePicture]:
    """The rows of a style's pictures in their order; a cover from before styles had several pictures gets one."""
    rows = {row.sha256: row for row in StylePicture.objects.filter(style=style).order_by("position", "id")}
    if style.picture and style.picture not in rows:
        cover = StylePicture.objects.create(
            style=style, sha256=style.picture, position=0, source=PictureSource.WORKBOOK.value, added_at=now
        )
        rows = {style.picture: cover, **rows}
    return rows
