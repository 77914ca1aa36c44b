"""The headings of bank statements: which field a column is. Banks name the same thing differently, and one of them in two languages."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

WORDS: Final = {
    "day": (
        "交易日期 交易日 记账日期 记账日 入账日期 入账时间 交易时间 发生时间 发生日期 日期 交易日期时间 交易时间戳 入账日 "
        "date transactiondate postingdate bookingdate valuedate"
    ),
    "time": "交易时间 时间 time transactiontime",
    "amount": "交易金额 金额 发生额 交易额 金额元 交易金额元 发生额元 amount transactionamount",
    "income": (
        "收入 收入金额 贷方 贷方发生额 贷方金额 贷方发生额收入 收入元 收入金额元 存入金额 转入金额 收入+元 收入金额+元 贷方发生额元 "
        "来款 来款金额 credit creditamount deposit deposits income"
    ),
    "outgo": (
        "支出 支出金额 借方 借方发生额 借方金额 借方发生额支取 支出元 支出金额元 支取金额 转出金额 支出-元 支出金额-元 借方发生额元 "
        "付款金额 debit debitamount withdrawal withdrawals"
    ),
    "direction": (
        "借贷标志 借贷方向 借/贷 借贷 收/支 收支 收支类型 收付标志 收付方向 交易方向 收支标志 交易类型 "
        "direction debit/credit dr/cr"
    ),
    "balance": "余额 账户余额 账户余额元 交易后余额 当前余额 余额元 联机余额 本次余额 balance accountbalance",
    "counterparty": (
        "对方户名 对方名称 对方账户名称 对方单位名称 对方单位 对方账户名 对方姓名 收付方名称 收/付方名称 收付方名 "
        "收付款人名称 交易对方 对手方名称 汇款人 汇款人名称 汇款人户名 汇款方 来款人 counterparty counterpartyname payername"
    ),
    "counterparty_account": (
        "对方账号 对方账户 对方卡号 收付方账号 收付款人账号 对方帐号 对手方账号 对方账号卡号 汇款人账号 汇款账号 "
        "counterpartyaccount payeraccount"
    ),
    "payer": "付款人名称 付款方名称 付款人户名 付款方户名",
    "payer_account": "付款人账号 付款方账号",
    "payee": "收款人名称 收款方名称 收款人户名 收款方户名",
    "payee_account": "收款人账号 收款方账号",
    "remark": (
        "摘要 附言 用途 备注 交易附言 交易用途 交易摘要 客户附言 业务摘要 其它摘要 其他摘要 商品名称 个性化信息 交易备注 留言 "
        "remark remarks description narrative memo purpose"
    ),
    "reference": (
        "交易流水号 流水号 银行流水号 账务流水号 交易流水 账户明细编号-交易流水号 交易编号 业务流水号 交易参考号 日志号 交易号 "
        "核心流水号 reference transactionreference transactionid referenceno referencenumber"
    ),
    "currency": "币种 交易货币 货币 currency",
    "own_account": "账号 本方账号 帐号 账户 卡号",
}  # fmt: skip
"""Words by field, the plainest first: where a sheet has several columns of a field, the earlier word counts."""
_PLACES: Final = {name: {word: place for place, word in enumerate(words.split())} for name, words in WORDS.items()}
_BRACKETS: Final = re.compile(r"[\[(（【][^\])）】]*[\])）】]")
MAX_HEADING: Final = 60
TOTALS: Final = re.compile(
    r"(合计|小计|总计|累计|本页|承前|过次|期初|期末|上期|本期|结转|笔数|总笔|总额|共计|打印|制表|以下空白|导出|说明|备注[:：])"
)


def fields_of(heading: str) -> dict[str, int]:
    """The fields that a heading may mean, each with the precedence of its word. 交易时间 may be the day or the time of day."""
    if len(heading) > MAX_HEADING:
        return {}
    folded = unicodedata.normalize("NFKC", heading).casefold().strip().strip("#*.")
    bare = "".join(each for each in folded if not each.isspace())
    forms = (_without_marks(bare), _without_marks(_BRACKETS.sub("", bare)))
    found: dict[str, int] = {}
    for form in forms:
        for name, places in _PLACES.items():
            if form in places:
                found.setdefault(name, places[form])
        if found:
            break
    return found


def _without_marks(text: str) -> str:
    return "".join(each for each in text if each not in "()（）[]【】:：,，")
