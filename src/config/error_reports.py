"""Error reports to Sentry, or what speaks like it. Imported only where SENTRY_DSN is set (docs/decisions/0331).

Every failure of the service is logged as an error, so each line of the log with that level is a report, and nothing else is patched. A
report holds what the log line holds, and its trace without the values of variables.
"""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

from config.logs import without_secrets, without_values
from kernel import request_id


def start() -> None:
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None)],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_cleaned,
    )


def _cleaned(event: Event, hint: Hint) -> Event:
    """PRIVACY-4, as for a line of the log."""
    if request_id.current():
        event.setdefault("tags", {})["request_id"] = request_id.current()
    cleaned: Event = _clean(event)
    return cleaned


def _clean(value: Any) -> Any:
    match value:
        case str():
            return without_secrets(without_values(value))
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case list() | tuple():
            return [_clean(each) for each in value]
    return value
