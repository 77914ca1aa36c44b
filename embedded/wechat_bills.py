"""The daily bills of the stand-in for WeChat Pay, written from what it knows of payments and refunds."""

import csv
import gzip
import hashlib
import io
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from embedded.stand_in import Document, Refused, in_china, in_yuan
from embedded.wechat_refunds import Refunds

FEE_RATE = 0.006
TRADE_HEADING = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUND_HEADING = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FUND_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def fee_fen(amount_fen: int) -> int:
    return round(amount_fen * FEE_RATE)


class Bills:
    """Writes the bills of a day when they are asked for. `paid_to_bank` are pay-outs to the merchant's bank: the day and the fen.

    `replaced` gives other contents for a kind and day; the digest of what is answered is right unless `is_digest_wrong`. Days in `missing`
    have no bill yet. `host` replaces the address of the service in that of the file.
    """

    def __init__(self, orders: Mapping[str, Document], refunds: Refunds, app_id: str, merchant_id: str) -> None:
        self._orders, self._refunds, self._app_id, self._merchant_id = orders, refunds, app_id, merchant_id
        self.paid_to_bank: list[tuple[date, int]] = []
        self.replaced: dict[tuple[str, str], bytes] = {}
        self.missing: set[str] = set()
        self.is_digest_wrong = False
        self.host = ""
        self._files: dict[str, bytes] = {}

    def ask(self, kind: str, query: Mapping[str, str], url: str) -> Document:
        """Where the bill of a day is. `kind` is trade or fund."""
        day = date.fromisoformat(query["bill_date"])
        if query.get("tar_type") != "GZIP":
            raise Refused(400, "PARAM_ERROR")
        if query["bill_date"] in self.missing:
            raise Refused(400, "STATEMENT_CREATING")
        content = self.replaced.get((kind, query["bill_date"])) or self.content(kind, day)
        if content is None:
            raise Refused(400, "NO_STATEMENT_EXIST")
        token = secrets.token_urlsafe(16)
        self._files[token] = gzip.compress(content)
        digest = hashlib.sha1(b"other" if self.is_digest_wrong else content, usedforsecurity=False).hexdigest()
        return {
            "hash_type": "SHA1",
            "hash_value": digest,
            "download_url": f"{self.host or url}/v3/billdownload/file?token={token}",
        }

    def file(self, token: str) -> bytes:
        if token not in self._files:
            raise Refused(404, "NOT_FOUND")
        return self._files[token]

    def content(self, kind: str, day: date) -> bytes | None:
        """A bill as it is before it is packed, None where nothing happened."""
        paid = [each for each in self._orders.values() if _is_on(each.get("success_time"), day)]
        refunded = [each for each in self._refunds.by_number.values() if in_china(each["created_at"]).date() == day]
        to_bank = [fen for on, fen in self.paid_to_bank if on == day]
        if not paid and not refunded and not to_bank:
            return None
        return self._trades(paid, refunded) if kind == "trade" else self._funds(day, paid, refunded, to_bank)

    def _trades(self, paid: Sequence[Document], refunded: Sequence[Document]) -> bytes:
        rows = [
            [
                _time(each["success_time"]), self._app_id, self._merchant_id, "0", "", each["transaction_id"], each["out_trade_no"],
                "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", each["trade_type"], "SUCCESS", "OTHERS", "CNY", in_yuan(each["total"]), "0.00", "0", "0",
                "0.00", "0.00", "", "", each["description"], "", f"{fee_fen(each['total']) / 100:.5f}", "0.60%", in_yuan(each["total"]),
                "0.00", "",
            ]
            for each in paid
        ]  # fmt: skip
        for each in refunded:
            order, amount = each["order"], each["asked"]["amount"]["refund"]
            rows.append(
                [
                    _time(_stamp(each["created_at"])), self._app_id, self._merchant_id, "0", "", order["transaction_id"],
                    order["out_trade_no"], "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", order["trade_type"], "REFUND", "OTHERS", "CNY", "0.00", "0.00",
                    each["refund_id"], each["asked"]["out_refund_no"], in_yuan(amount), "0.00", "ORIGINAL", each["status"],
                    order["description"], "", f"{-fee_fen(amount) / 100:.5f}", "0.60%", "0.00", in_yuan(amount), "",
                ]
            )  # fmt: skip
        fees = sum(fee_fen(each["total"]) for each in paid)
        fees -= sum(fee_fen(each["asked"]["amount"]["refund"]) for each in refunded)
        total = sum(each["total"] for each in paid)
        back = sum(each["asked"]["amount"]["refund"] for each in refunded)
        sums = [
            str(len(rows)),
            in_yuan(total),
            in_yuan(back),
            "0.00",
            f"{fees / 100:.2f}",
            in_yuan(total),
            in_yuan(back),
        ]
        return _csv(TRADE_HEADING, rows, TRADE_SUMS, sums)

    def _funds(
        self, day: date, paid: Sequence[Document], refunded: Sequence[Document], to_bank: Sequence[int]
    ) -> bytes:
        moves: list[tuple[str, str, str, int]] = []
        for each in paid:
            moves.append((_time(each["success_time"]), each["transaction_id"], "交易", each["total"]))
            moves.append(
                (_time(each["success_time"]), each["transaction_id"], "扣除交易手续费", -fee_fen(each["total"]))
            )
        for refund in refunded:
            amount = refund["asked"]["amount"]["refund"]
            at = _time(_stamp(refund["created_at"]))
            moves.append((at, refund["refund_id"], "退款", -amount))
            moves.append((at, refund["refund_id"], "退还交易手续费", fee_fen(amount)))
        moves += [(f"{day} 10:00:00", f"W{n}", "提现", -fen) for n, fen in enumerate(to_bank)]
        rows = [
            [
                at, business, f"F{day:%Y%m%d}{n:06d}", what, what, "收入" if fen > 0 else "支出", in_yuan(abs(fen)), "0.00", "system",
                "", "",
            ]
            for n, (at, business, what, fen) in enumerate(moves)
        ]  # fmt: skip
        incomes = [fen for *_, fen in moves if fen > 0]
        expenses = [-fen for *_, fen in moves if fen <= 0]
        sums = [
            str(len(rows)),
            str(len(incomes)),
            in_yuan(sum(incomes)),
            str(len(expenses)),
            in_yuan(sum(expenses)),
        ]
        return _csv(FUND_HEADING, rows, FUND_SUMS, sums)


def _csv(heading: str, rows: Sequence[Sequence[str]], sums_heading: str, sums: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(f"{heading}\r\n")
    writer.writerows([f"`{value}" for value in row] for row in rows)
    text.write(f"{sums_heading}\r\n")
    writer.writerow([f"`{value}" for value in sums])
    return text.getvalue().encode("utf-8-sig")


def _is_on(stamp: str | None, day: date) -> bool:
    return stamp is not None and stamp.startswith(day.isoformat())


def _time(stamp: str) -> str:
    return stamp[:19].replace("T", " ")


def _stamp(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%dT%H:%M:%S}"
