"""Photos of cases: who may see which, and their files (AFTER-13)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.rules import Actor, Role
from aftersales.models.photos import Photo
from aftersales.rules import PHOTO_WIDTHS
from brands.selectors.brands import require_own_brand
from kernel.refusal import Missing
from storage.files import content_key, get_store
from storage.objects import ObjectMissing

PHOTOS = "case-photos"
"""The folder of the store that holds them."""


class NoSuchPhoto(Missing):
    code = "aftersales.no_such_photo"
    zh = "没有这张照片（{photo_id}），或已按期删除"
    en = "There is no photo {photo_id}, or it was erased"
    photo_id: int


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo by its id; width and height in pixels, as it is displayed."""

    id: int
    width: int
    height: int


def photo_key(sha256: str, width: int) -> str:
    return f"{content_key(PHOTOS, sha256)}-{width}.jpg"


def photo_view(row: Photo) -> PhotoView:
    return PhotoView(row.pk, row.width, row.height)


def photo_views(rows: Iterable[Photo]) -> tuple[PhotoView, ...]:
    """Those that are not erased, in the order in which they were sent."""
    return tuple(photo_view(row) for row in sorted(rows, key=lambda row: row.pk) if row.erased_at is None)


def list_own_photos(actor: Actor, photo_ids: Iterable[int]) -> tuple[PhotoView, ...]:
    """Of these photos those that the person sent and that still exist; for a form that is shown again."""
    return photo_views(Photo.objects.filter(pk__in=list(photo_ids), person_id=actor.own_id))


def read_photo(actor: Actor, photo_id: int, width: int) -> bytes:
    """The JPEG of one of PHOTO_WIDTHS, for whoever may see it. For everybody else the photo does not exist."""
    return _read(_visible_to(actor), photo_id, width)


def read_photo_of_report(source: str, photo_id: int, width: int) -> bytes:
    """The JPEG of a photo that a customer sent from the page that `source` names, for that page (AFTER-19)."""
    reports = Photo.objects.filter(report_photos__report__source=source, report_photos__report__erased_at=None)
    return _read(reports, photo_id, width)


def _read(rows: QuerySet[Photo], photo_id: int, width: int) -> bytes:
    row = rows.filter(pk=photo_id, erased_at=None).first()
    if row is None or width not in PHOTO_WIDTHS:
        raise NoSuchPhoto(photo_id=photo_id)
    try:
        return get_store().read(photo_key(row.sha256, width))
    except ObjectMissing as missing:
        raise NoSuchPhoto(photo_id=photo_id) from missing


def _visible_to(actor: Actor) -> QuerySet[Photo]:
    """The reseller sees what she sent and what stands in her enquiries, ops what belongs to a case or an enquiry and customers' photos that
    resellers show (AFTER-21), finance what belongs to a case, the brand what belongs to a case about its goods or to an enquiry that was
    passed to it."""
    own = Q(person_id=actor.own_id)
    if actor.role is Role.OPS:
        lent = Q(report_photos__is_shown=True, report_photos__report__may_reuse=True)
        of_case_or_message = Q(case_photos__isnull=False) | Q(message_photos__isnull=False)
        return Photo.objects.filter(own | of_case_or_message | lent).distinct()
    if actor.role is Role.FINANCE:
        return Photo.objects.filter(own | Q(case_photos__isnull=False)).distinct()
    if actor.role is Role.BRAND:
        brand_id = require_own_brand(actor).id
        of_case = Q(case_photos__case__brand_id=brand_id)
        return Photo.objects.filter(own | of_case | _in_enquiry_of_brand(brand_id)).distinct()
    return Photo.objects.filter(own | Q(message_photos__message__enquiry__reseller__person_id=actor.own_id)).distinct()


def _in_enquiry_of_brand(brand_id: int) -> Q:
    """Photos of an enquiry that was passed to the brand; none that another brand sent before."""
    message = "message_photos__message"
    written = Q(**{f"{message}__brand__isnull": True}) | Q(**{f"{message}__brand_id": brand_id})
    return Q(**{f"{message}__enquiry__brand_id": brand_id}) & written
