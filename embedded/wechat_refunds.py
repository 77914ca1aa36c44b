"""The refunds of the stand-in for WeChat Pay: taken on first, paid out, closed or abnormal later, and called back about."""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from embedded.stand_in import Document, Refused, stamp

TERM = timedelta(days=365)


class Refunds:
    """What WeChat Pay knows of refunds. `balance_fen` is what the merchant has there, None for enough.

    With `end_when_asked` a refund is paid out as soon as it is asked about, for demos in which nobody plays WeChat.
    """

    def __init__(self, orders: Mapping[str, Document], merchant_id: str, now: Callable[[], datetime]) -> None:
        self._orders, self._merchant_id, self._now = orders, merchant_id, now
        self.by_number: dict[str, Document] = {}
        self.balance_fen: int | None = None
        self.end_when_asked = False

    def create(self, document: Document) -> Document:
        number, amount = str(document.get("out_refund_no", "")), document.get("amount", {})
        if not re.fullmatch(r"[\w|*@-]{1,64}", number) or amount.get("currency") != "CNY":
            raise Refused(400, "PARAM_ERROR")
        earlier = self.by_number.get(number)
        if earlier is not None:
            if earlier["asked"] != document:
                raise Refused(400, "INVALID_REQUEST")
            return self._said(earlier)
        order = self._orders.get(str(document.get("out_trade_no", "")))
        if order is None or order["trade_state"] not in ("SUCCESS", "REFUND"):
            raise Refused(404, "RESOURCE_NOT_EXISTS")
        self._require_refundable(order, amount)
        if self.balance_fen is not None:
            if self.balance_fen < amount["refund"]:
                raise Refused(403, "NOT_ENOUGH")
            self.balance_fen -= amount["refund"]
        order["trade_state"] = "REFUND"
        refund = self.by_number[number] = {
            "asked": document,
            "refund_id": f"50{secrets.randbelow(10**26):026d}",
            "status": "PROCESSING",
            "order": order,
            "created_at": self._now(),
        }
        return self._said(refund)

    def query(self, number: str) -> Document:
        refund = self.by_number.get(number)
        if refund is None:
            raise Refused(404, "RESOURCE_NOT_EXISTS")
        if self.end_when_asked and refund["status"] == "PROCESSING":
            self.end(number)
        return self._said(refund)

    def end(self, number: str, status: str = "SUCCESS", *, at: datetime | None = None) -> None:
        """WeChat has paid a refund out, or (CLOSED, ABNORMAL) could not."""
        refund = self.by_number[number]
        refund["status"], refund["ended_at"] = status, at or self._now()

    def notice(self, number: str) -> tuple[str, Document]:
        """The event and the content of a callback about a refund."""
        said = self._said(self.by_number[number])
        said["refund_status"] = said.pop("status")
        said["mchid"] = self._merchant_id
        return f"REFUND.{said['refund_status']}", said

    def notify_url(self, number: str) -> str:
        return str(self.by_number[number]["asked"]["notify_url"])

    def _require_refundable(self, order: Document, amount: Document) -> None:
        refunded = sum(
            each["asked"]["amount"]["refund"]
            for each in self.by_number.values()
            if each["order"] is order and each["status"] != "CLOSED"
        )
        asked = amount.get("refund")
        if type(asked) is not int or asked < 1 or amount.get("total") != order["total"]:
            raise Refused(400, "PARAM_ERROR")
        if refunded + asked > order["total"]:
            raise Refused(400, "INVALID_REQUEST")
        if self._now() > datetime.fromisoformat(order["success_time"]) + TERM:
            raise Refused(400, "INVALID_REQUEST")

    def _said(self, refund: Document) -> Document:
        amount, order = refund["asked"]["amount"], refund["order"]
        said: Document = {
            "refund_id": refund["refund_id"],
            "out_refund_no": refund["asked"]["out_refund_no"],
            "transaction_id": order["transaction_id"],
            "out_trade_no": order["out_trade_no"],
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": stamp(refund["created_at"]),
            "status": refund["status"],
            "funds_account": "AVAILABLE",
            "amount": {
                "total": amount["total"],
                "refund": amount["refund"],
                "payer_total": amount["total"],
                "payer_refund": amount["refund"],
                "settlement_refund": amount["refund"],
                "settlement_total": amount["total"],
                "discount_refund": 0,
                "currency": "CNY",
            },
        }
        if refund["status"] == "SUCCESS":
            said["success_time"] = stamp(refund["ended_at"])
        return said
