"""Photos that customers lend: their reseller chooses which she shows with a style, and ops say which show a logo (AFTER-21)."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.models.fault_reports import FaultReportPhoto
from aftersales.selectors.customer_photos import lent_photos
from kernel.refusal import Conflict, Invalid
from membership.selectors.people import require_member

MAX_PHOTOS_AT_ONCE = 200
MAX_SHOWN_PER_STYLE = 9


class NotLent(Conflict):
    code = "aftersales.photo_not_lent"
    zh = "照片 {photo_id} 现在不能用：顾客没有允许，或刚刚收回，或不是您的顾客发的。请刷新页面再选"
    en = "Photo {photo_id} cannot be shown: its customer does not allow it (any more), or is not yours. Reload the page"
    photo_id: int


class TooManyChosen(Invalid):
    code = "aftersales.too_many_photos_chosen"
    zh = "一次最多选 {limit} 张"
    en = "At most {limit} photos can be chosen at a time"
    limit: int


class TooManyShown(Invalid):
    code = "aftersales.too_many_photos_shown"
    zh = "一款最多用 {limit} 张买家秀（{style_no} 选了 {chosen} 张）"
    en = "A style shows at most {limit} photos of customers ({chosen} are chosen for {style_no})"
    style_no: str
    limit: int
    chosen: int


@transaction.atomic
def choose_photos(*, actor: Actor, shown: Sequence[int], not_shown: Sequence[int] = (), now: datetime) -> int:
    """Choose which photos of her customers a reseller shows with their styles, and which no longer; returns how many have changed.

    A photo that is named in both is shown. A repetition changes nothing. Refuses, before anything is changed, a photo that is not lent to
    her at this moment, more than MAX_SHOWN_PER_STYLE of a style, and more than MAX_PHOTOS_AT_ONCE at a time.
    """
    reseller = require_member(actor, now)
    if len(shown) + len(not_shown) > MAX_PHOTOS_AT_ONCE:
        raise TooManyChosen(limit=MAX_PHOTOS_AT_ONCE)
    own = FaultReportPhoto.objects.filter(report__reseller_id=reseller.id)
    locked = own.select_for_update(of=("self",)).filter(photo_id__in={*shown, *not_shown}).order_by("pk")
    rows = {row.photo_id: row for row in locked}
    lent = set(lent_photos().filter(pk__in=[row.pk for row in rows.values()]).values_list("photo_id", flat=True))
    for photo_id in shown:
        if photo_id not in lent:
            raise NotLent(photo_id=photo_id)
    changed = [row for row in rows.values() if row.is_shown is not (row.photo_id in set(shown))]
    for row in changed:
        row.is_shown = not row.is_shown
        row.save(update_fields=["is_shown"])
    _require_few(reseller.id, [row.photo_id for row in changed if row.is_shown])
    for row in changed:
        record(
            actor=actor,
            action="aftersales.choose_photo",
            kind="photo",
            subject_id=row.photo_id,
            details={"is_shown": row.is_shown},
            now=now,
        )
    return len(changed)


@transaction.atomic
def mark_photo_logos(*, actor: Actor, with_logo: Sequence[int], without_logo: Sequence[int], now: datetime) -> int:
    """Say of photos that resellers show whether they show a brand's name or logo; returns how many answers are new. By ops.

    Where a brand is hidden only photos without one are shown (FORWARD-3). Refuses more than MAX_PHOTOS_AT_ONCE at a time.
    """
    require_roles(actor, Role.OPS)
    if len(with_logo) + len(without_logo) > MAX_PHOTOS_AT_ONCE:
        raise TooManyChosen(limit=MAX_PHOTOS_AT_ONCE)
    changed = 0
    for ids, has_logo in ((set(with_logo), True), (set(without_logo) - set(with_logo), False)):
        asked = lent_photos().filter(is_shown=True, photo_id__in=ids)
        rows = FaultReportPhoto.objects.select_for_update().filter(pk__in=list(asked.values_list("pk", flat=True)))
        for row in rows.order_by("pk"):
            if row.has_logo is has_logo:
                continue
            row.has_logo = has_logo
            row.save(update_fields=["has_logo"])
            changed += 1
            record(
                actor=actor,
                action="aftersales.mark_photo_logo",
                kind="photo",
                subject_id=row.photo_id,
                details={"has_logo": has_logo},
                now=now,
            )
    return changed


def _require_few(reseller_id: int, photo_ids: Collection[int]) -> None:
    """Refuse too many shown photos of a style, among those whose photos were just chosen."""
    shown = lent_photos().filter(is_shown=True, report__reseller_id=reseller_id)
    style, number = "report__line__sku__style_id", "report__line__sku__style__style_no"
    chosen = set(shown.filter(photo_id__in=photo_ids).values_list(style, flat=True))
    counts = Counter(shown.filter(**{f"{style}__in": chosen}).values_list(style, number))
    for (_, style_no), count in sorted(counts.items()):
        if count > MAX_SHOWN_PER_STYLE:
            raise TooManyShown(style_no=style_no, limit=MAX_SHOWN_PER_STYLE, chosen=count)
