"""Reading the bills of WeChat Pay and Alipay. A bill is read whole or refused whole, with the line that is at fault (PAY-11)."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from kernel.money import parse_yuan
from kernel.period import SHANGHAI
from payments.rules.bills import MAX_BILL_BYTES, MAX_LINES, BillLine, LineKind, UnreadableBill

Row = Mapping[str, str]

_WECHAT_TRADE = (
    "交易时间",
    "微信订单号",
    "商户订单号",
    "交易状态",
    "应结订单金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "手续费",
)
_WECHAT_FUND = ("记账时间", "资金流水单号", "业务类型", "收支类型", "收支金额(元)")
_ALIPAY_TRADE = (
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "完成时间",
    "商家实收（元）",
    "退款批次号/请求号",
    "服务费（元）",
)
_ALIPAY_FUND = ("账务流水号", "业务流水号", "商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "业务类型")
_WECHAT_KINDS = {
    "交易": LineKind.PAYMENT,
    "退款": LineKind.REFUND,
    "扣除交易手续费": LineKind.FEE,
    "退还交易手续费": LineKind.FEE,
    "交易手续费": LineKind.FEE,
    "提现": LineKind.TO_BANK,
}
_ALIPAY_KINDS = {
    "在线支付": LineKind.PAYMENT,
    "交易付款": LineKind.PAYMENT,
    "交易退款": LineKind.REFUND,
    "退款（交易退款）": LineKind.REFUND,
    "收费": LineKind.FEE,
    "退费": LineKind.FEE,
    "提现": LineKind.TO_BANK,
}


def read_wechat_trades(content: bytes) -> list[BillLine]:
    """A trade bill of WeChat Pay: the payments and refunds of a day. The sums below the lines must be theirs."""
    rows, sums = _wechat_rows(content, _WECHAT_TRADE)
    lines = [_line(number, _wechat_trade, row) for number, row in enumerate(rows, 1)]
    if sums:
        _require_sum(sums, "总交易单数", len(lines), int)
        _require_sum(sums, "手续费总金额", sum(each.fee_fen for each in lines), parse_yuan)
    return lines


def read_wechat_funds(content: bytes) -> list[BillLine]:
    """A fund flow bill of WeChat Pay: the movements of our balance. The sums below the lines must be theirs."""
    rows, sums = _wechat_rows(content, _WECHAT_FUND)
    lines = [_line(number, _wechat_fund, row) for number, row in enumerate(rows, 1)]
    if sums:
        income_fen = sum(each.amount_fen for each in lines if each.amount_fen > 0)
        _require_sum(sums, "资金流水总笔数", len(lines), int)
        _require_sum(sums, "收入金额", income_fen, parse_yuan)
    return lines


def read_alipay_trades(content: bytes) -> list[BillLine]:
    """A zipped trade bill of Alipay: the payments and refunds of a day."""
    rows = _alipay_rows(content, _ALIPAY_TRADE)
    return [_line(number, _alipay_trade, row) for number, row in enumerate(rows, 1)]


def read_alipay_funds(content: bytes) -> list[BillLine]:
    """A zipped bill of Alipay's movements of our balance."""
    rows = _alipay_rows(content, _ALIPAY_FUND)
    return [_line(number, _alipay_fund, row) for number, row in enumerate(rows, 1)]


def _line(number: int, read: Callable[[Row], BillLine], row: Row) -> BillLine:
    try:
        return read(row)
    except (ValueError, KeyError) as error:
        raise UnreadableBill(f"line {number} of the bill: {error}") from error


def _wechat_trade(row: Row) -> BillLine:
    is_refund = row["交易状态"] == "REFUND"
    amount_fen = -parse_yuan(row["退款金额"]) if is_refund else parse_yuan(row["应结订单金额"])
    return BillLine(
        line_no=row["微信退款单号"] if is_refund else row["微信订单号"],
        kind=LineKind.REFUND if is_refund else LineKind.PAYMENT,
        number=row["商户订单号"],
        refund_number=row["商户退款单号"] if is_refund else "",
        transaction_id=row["微信订单号"],
        amount_fen=amount_fen,
        fee_fen=_fee_fen(row["手续费"]),
        at=_instant(row["交易时间"]),
        what=row["交易状态"],
    )


def _wechat_fund(row: Row) -> BillLine:
    amount_fen = parse_yuan(row["收支金额(元)"])
    if row["收支类型"] not in ("收入", "支出"):
        raise ValueError(f"neither income nor expense: {row['收支类型']!r}")
    return BillLine(
        line_no=row["资金流水单号"],
        kind=_WECHAT_KINDS.get(row["业务类型"], LineKind.OTHER),
        number="",
        refund_number="",
        transaction_id=row.get("微信支付业务单号", ""),
        amount_fen=amount_fen if row["收支类型"] == "收入" else -amount_fen,
        fee_fen=0,
        at=_instant(row["记账时间"]),
        what=row["业务类型"],
    )


def _alipay_trade(row: Row) -> BillLine:
    is_refund = row["业务类型"] == "退款"
    amount_fen = parse_yuan(row["商家实收（元）"])
    if is_refund != (amount_fen < 0):
        raise ValueError(f"{row['业务类型']} of {row['商家实收（元）']}")
    return BillLine(
        line_no=f"{row['支付宝交易号']}:{row['退款批次号/请求号']}" if is_refund else row["支付宝交易号"],
        kind=LineKind.REFUND if is_refund else LineKind.PAYMENT,
        number=row["商户订单号"],
        refund_number=row["退款批次号/请求号"] if is_refund else "",
        transaction_id=row["支付宝交易号"],
        amount_fen=amount_fen,
        # Alipay writes what it keeps as a negative amount.
        fee_fen=-parse_yuan(row["服务费（元）"]),
        at=_instant(row["完成时间"]),
        what=row["业务类型"],
    )


def _alipay_fund(row: Row) -> BillLine:
    amount_fen = parse_yuan(row["收入金额（+元）"] or "0") - abs(parse_yuan(row["支出金额（-元）"] or "0"))
    return BillLine(
        line_no=row["账务流水号"],
        kind=_ALIPAY_KINDS.get(row["业务类型"], LineKind.OTHER),
        number=row["商户订单号"],
        refund_number="",
        transaction_id=row["业务流水号"],
        amount_fen=amount_fen,
        fee_fen=0,
        at=_instant(row["发生时间"]),
        what=row["业务类型"],
    )


def _wechat_rows(content: bytes, wanted: Sequence[str]) -> tuple[list[Row], Row]:
    """The lines of a bill of WeChat, and the sums below them. Each value begins with a back quote, which keeps long numbers whole."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableBill("the bill is no text in UTF-8") from error
    rows = [[value.strip().removeprefix("`").strip() for value in row] for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        raise UnreadableBill("the bill is empty")
    heading = rows[0]
    _require_heading(heading, wanted)
    lines: list[Row] = []
    for number, row in enumerate(rows[1:], 1):
        if row[0] in ("总交易单数", "资金流水总笔数"):
            return lines, dict(zip(row, rows[number + 1], strict=False)) if number + 1 < len(rows) else {}
        lines.append(_named(heading, row, number))
    return lines, {}


def _alipay_rows(content: bytes, wanted: Sequence[str]) -> list[Row]:
    """The lines of the bill in a ZIP of Alipay. Lines that begin with # are no data; the file of sums is left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [each for each in archive.infolist() if not _name(each).endswith("汇总).csv")]
            if len(files) != 1 or files[0].file_size > MAX_BILL_BYTES:
                raise UnreadableBill("the archive does not hold one bill of a bearable size")
            text = archive.read(files[0]).decode("gb18030")
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError) as error:
        raise UnreadableBill("the bill is no archive of text in GBK") from error
    data = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    rows: Iterator[list[str]] = ([value.strip() for value in row] for row in csv.reader(data))
    heading = next(rows, [])
    _require_heading(heading, wanted)
    return [_named(heading, row, number) for number, row in enumerate(rows, 1)]


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of a file in a ZIP of Alipay, which is in GBK and not marked as such."""
    try:
        return entry.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return entry.filename


def _require_heading(heading: Sequence[str], wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in heading]
    if missing:
        raise UnreadableBill(f"the bill has no column {missing[0]}")


def _named(heading: Sequence[str], row: Sequence[str], number: int) -> Row:
    if number > MAX_LINES:
        raise UnreadableBill(f"the bill has more than {MAX_LINES} lines")
    if len(row) < len(heading):
        raise UnreadableBill(f"line {number} of the bill has {len(row)} values for {len(heading)} columns")
    return dict(zip(heading, row, strict=False))


def _require_sum(sums: Row, name: str, found: int, read: Callable[[str], int]) -> None:
    if name not in sums:
        return
    try:
        said = read(sums[name])
    except ValueError as error:
        raise UnreadableBill(f"{name} of the bill is {sums[name]!r}") from error
    if said != found:
        raise UnreadableBill(f"{name} of the bill is {sums[name]}, its lines add up to something else")


def _fee_fen(value: str) -> int:
    """WeChat writes fees with five decimals; they are whole fen."""
    whole, _, decimals = value.partition(".")
    if decimals[2:].strip("0"):
        raise ValueError(f"a fee of parts of a fen: {value!r}")
    return parse_yuan(f"{whole}.{decimals[:2]}" if decimals else whole)


def _instant(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
