"""The HTTP client of kuaidi100. It keeps nothing and logs neither what it sends nor what comes back."""

from collections.abc import Mapping
from typing import Any

from tracking.services.kuaidi100 import (
    QUERY_PATH,
    SUBSCRIPTION_PATH,
    Account,
    Outcome,
    OutcomeKind,
    query_form,
    read_object,
    read_query_answer,
    read_subscription_answer,
    subscription_form,
)
from web.outbound import NoAnswer, OutboundClient


class Client(OutboundClient):
    """Asks kuaidi100."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.url)
        self._account = account

    def subscribe(self, *, company: str, number: str, phone_tail: str) -> Outcome:
        form = subscription_form(self._account, company=company, number=number, phone_tail=phone_tail)
        try:
            return read_subscription_answer(self._post(SUBSCRIPTION_PATH, form))
        except NoAnswer as why:
            return Outcome(OutcomeKind.FAILED, str(why))

    def query(self, *, company: str, number: str, phone_tail: str) -> Outcome:
        form = query_form(self._account, company=company, number=number, phone_tail=phone_tail)
        try:
            return read_query_answer(self._post(QUERY_PATH, form))
        except NoAnswer as why:
            return Outcome(OutcomeKind.FAILED, str(why))

    def _post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that answers a form. Raises NoAnswer where there is none that can be used."""
        found = read_object(self.request("POST", path, form=form))
        if found is None:
            raise NoAnswer("unreadable")
        return found
