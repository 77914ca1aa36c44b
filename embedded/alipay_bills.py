"""The daily bills of the stand-in for Alipay: archives of text in GBK, written from what it knows of trades and refunds."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from embedded.stand_in import Document, in_china, in_fen, in_yuan

FEE_RATE = 0.006
TRADE_HEADING = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)
FUND_HEADING = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)


def fee_fen(amount_fen: int) -> int:
    return round(amount_fen * FEE_RATE)


def write(
    kind: str, day: date, trades: Mapping[str, Document], refunds: Mapping[str, Document], to_bank: Sequence[int]
) -> bytes | None:
    """The archive of a day's bill, None where nothing happened. `kind` is trade or signcustomer."""
    paid = [each for each in trades.values() if "paid_at" in each and in_china(each["paid_at"]).date() == day]
    refunded = {number: each for number, each in refunds.items() if in_china(each["at"]).date() == day}
    if not paid and not refunded and not to_bank:
        return None
    if kind == "trade":
        return _archive(day, "业务明细", TRADE_HEADING, _trades(paid, refunded))
    return _archive(day, "账务明细", FUND_HEADING, _funds(day, paid, refunded, to_bank))


def _trades(paid: Sequence[Document], refunded: Mapping[str, Document]) -> list[list[str]]:
    rows = [_trade(each, "交易", in_fen(each["total_amount"]), each["paid_at"], "") for each in paid]
    rows += [
        _trade(each["trade"], "退款", -each["amount_fen"], each["at"], number) for number, each in refunded.items()
    ]
    return rows


def _trade(trade: Document, what: str, fen: int, at: datetime, number: str) -> list[str]:
    fee = -fee_fen(fen) if fen > 0 else fee_fen(-fen)
    return [
        f"{trade['trade_no']}\t", f"{trade['out_trade_no']}\t", what, trade["subject"], _time(at), _time(at), "", "", "", "",
        "159****5620", in_yuan(fen), in_yuan(fen), "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", number,
        in_yuan(fee), "0.00", "",
    ]  # fmt: skip


def _funds(
    day: date, paid: Sequence[Document], refunded: Mapping[str, Document], to_bank: Sequence[int]
) -> list[list[str]]:
    moves: list[tuple[str, str, str, int, str]] = []
    for each in paid:
        fen, at = in_fen(each["total_amount"]), _time(each["paid_at"])
        moves.append((each["trade_no"], each["out_trade_no"], at, fen, "在线支付"))
        moves.append((each["trade_no"], each["out_trade_no"], at, -fee_fen(fen), "收费"))
    for refund in refunded.values():
        trade, at = refund["trade"], _time(refund["at"])
        moves.append((trade["trade_no"], trade["out_trade_no"], at, -refund["amount_fen"], "交易退款"))
        moves.append((trade["trade_no"], trade["out_trade_no"], at, fee_fen(refund["amount_fen"]), "退费"))
    moves += [(f"W{n}", "", f"{day} 10:00:00", -fen, "提现") for n, fen in enumerate(to_bank)]
    return [
        [
            f"{day:%Y%m%d}{n:06d}\t", f"{business}\t", f"{number}\t", "", at, "159****5620", in_yuan(fen) if fen > 0 else "0.00",
            in_yuan(fen) if fen <= 0 else "0.00", "0.00", "支付宝", what, "",
        ]
        for n, (business, number, at, fen, what) in enumerate(moves)
    ]  # fmt: skip


def _archive(day: date, name: str, heading: str, rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    text.write(f"#支付宝{name}查询\r\n#账号：[20881021462251350156]\r\n#起始日期：[{day}]\r\n")
    text.write(f"#-----------------------------------------{name}列表----------------------------------------\r\n")
    text.write(f"{heading}\r\n")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    text.write(f"#-----------------------------------------{name}列表结束------------------------------------\r\n")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        # Alipay's names are in GBK and not marked as such; this is how such a name reads.
        file.writestr(f"2088_{day:%Y%m%d}_{name}.csv".encode("gbk").decode("cp437"), text.getvalue().encode("gbk"))
        sums = f"2088_{day:%Y%m%d}_{name}(汇总).csv".encode("gbk").decode("cp437")
        file.writestr(sums, "#汇总\r\n".encode("gbk"))
    return archive.getvalue()


def _time(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M:%S}"
