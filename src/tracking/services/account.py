"""The platform's account at the tracking service, from the settings (TRACK-1)."""

from django.conf import settings

from tracking.services.kuaidi100 import Account

CALLBACK_PATH = "tracking/kuaidi100/"
"""Where pushes arrive, below the address of this service."""


def get_account() -> Account | None:
    """The account; None where there is none, and then nothing is asked and no push is taken."""
    if not (settings.KUAIDI100_CUSTOMER and settings.KUAIDI100_KEY):
        return None
    takes_pushes = bool(settings.KUAIDI100_SALT and settings.KUAIDI100_CALLBACK)
    return Account(
        customer=settings.KUAIDI100_CUSTOMER,
        key=settings.KUAIDI100_KEY,
        url=settings.KUAIDI100_URL.rstrip("/"),
        salt=settings.KUAIDI100_SALT if takes_pushes else "",
        callback_url=f"{settings.KUAIDI100_CALLBACK.rstrip('/')}/{CALLBACK_PATH}" if takes_pushes else "",
    )


def is_tracking_on() -> bool:
    return get_account() is not None
