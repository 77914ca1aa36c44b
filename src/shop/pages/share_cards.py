"""What pages that customers open tell messengers about themselves (`templates/parts/share_card.html`)."""

from typing import Any

from django.http import HttpRequest

from forwarding.rules.share_cards import ShareCard
from wechat.services.account import is_wechat_on


def share_context(request: HttpRequest, card: ShareCard) -> dict[str, Any]:
    """The card, and whether the script of WeChat's card is loaded: only inside WeChat, and where there is an account."""
    inside_wechat = "MicroMessenger" in request.headers.get("User-Agent", "")
    return {"card": card, "wechat": inside_wechat and is_wechat_on()}
