"""Words of forwards."""

from django import template
from django.utils.translation import gettext as _

from forwarding.rules.packs import ChangeKind, PackChange
from kernel.money import display_yuan

register = template.Library()


@register.filter
def change_words(change: PackChange) -> str:
    """What is no longer as a pack of pictures shows it."""
    sizes = " ".join(change.sizes)
    said = {
        ChangeKind.PRICE: _("现在 %(price)s") % {"price": display_yuan(change.price_fen)},
        ChangeKind.SOLD_OUT: _("%(sizes)s 卖完了") % {"sizes": sizes},
        ChangeKind.BACK: _("%(sizes)s 又有了") % {"sizes": sizes},
        ChangeKind.ADDED: _("新加的"),
        ChangeKind.GONE: _("不在页面上了"),
        ChangeKind.PICTURES: _("换了图片"),
        ChangeKind.SELLER_PICTURE: _("您换了头像"),
        ChangeKind.NAME: _("您改了店名或公告"),
    }[change.kind]
    return f"{change.name} · {said}" if change.name else said
