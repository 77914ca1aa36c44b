"""The web process: `python -m config.server`, which gives granian this application and the limits of its connections."""

from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string

from aftersales.rules import MAX_REPORT_PHOTOS
from config.adapter import Application, Limits
from config.wsgi import application as wsgi_application
from web import rate_limits
from web.uploads import address_takes_file

# All pages and the API are imported now and not by the first request, which would take a second longer.
assert get_resolver().url_patterns


application = Application(
    wsgi_application,
    threads=settings.WEB_THREADS,
    limits=Limits(
        without_file=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        with_file=max(settings.MAX_WORKBOOK_BYTES, MAX_REPORT_PHOTOS * settings.MAX_PHOTO_BYTES)
        + settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        all_in_memory=64 * 1024 * 1024,
        all_on_disk=20 * settings.MAX_WORKBOOK_BYTES,
    ),
    takes_file=address_takes_file,
    rate_limiter=rate_limits.RateLimiter(
        rate_limits.Limits(
            of_person=settings.REQUESTS_OF_PERSON,
            of_address=settings.REQUESTS_OF_ADDRESS,
            forms_of_address=settings.FORMS_OF_ADDRESS,
        ),
        session_cookie=settings.SESSION_COOKIE_NAME,
        trusted_proxies=settings.TRUSTED_PROXIES,
    ),
    # Its module knows models, and may be imported only now that Django is set up.
    may_send_large=import_string("config.upload_authentication.may_send_large"),
)
