"""What the codes of rehearsals are called on the desk, and the plots of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rehearsals.rules import SLOW_MS, Second
from web.column_plot import ColumnPlot, ColumnValue, draw_columns

STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("等待中"), "wait"),
    "preparing": (_("准备中"), "busy"),
    "running": (_("演练中"), "hot"),
    "done": (_("已完成"), "good"),
    "cancelled": (_("已取消"), "plain"),
    "failed": (_("没有做成"), "bad"),
}
CURVES: dict[str, Promise] = {
    "rush": _("抢购：一半人在前十分之一的时间到"),
    "at_once": _("同时：都在第一秒到"),
    "even": _("平均：每秒一样多"),
}
STEPS: dict[str, Promise] = {
    "": _("等后台开始"),
    "database": _("正在建第二个数据库"),
    "goods": _("正在复制专场的商品和价格，生成模拟买家"),
    "server": _("正在启动演练用的网页进程"),
    "buyers": _("模拟买家正在抢货"),
}
FAILURES: dict[str, Promise] = {
    "sale_is_live": _("演练中有专场开场或将在 15 分钟内开场，演练已停止"),
    "not_scheduled": _("轮到演练时，这一场已取消或已开场"),
    "may_not_create": _(
        "数据库账号没有建库权限：请让管理员执行 ALTER ROLE … CREATEDB，或设置 WEICANG_REHEARSAL_SERVER"
    ),
    "not_prepared": _("第二个数据库没有准备好"),
    "too_slow": _("准备超过 10 分钟，已停止"),
    "not_served": _("演练用的网页进程没有启动"),
    "no_buyers": _("模拟买家的进程中途结束"),
    "worker_lost": _("后台进程中途没有了"),
    "error": _("出错了"),
}
WRONG: dict[str, Promise] = {
    "orders": _("成功的回答与订单数不符"),
    "units": _("占用的件数与订单的件数不符"),
    "tallies": _("限购的计数与占用的件数不符"),
}
REFUSALS: dict[str, Promise] = {
    "flashsales.sold_out": _("已抢完"),
    "flashsales.over_limit": _("超过限购"),
    "orders.unpaid_limit_exceeded": _("未付款金额超过上限"),
    "orders.too_many_grabs": _("抢的人太多，请稍候再试"),
    "orders.grab_not_answered": _("等了 15 秒没有结果"),
}


@dataclass(frozen=True, slots=True)
class RehearsalPlots:
    """Answers by second in three tones, and the p99 of each second in ms; with the words of their highest columns."""

    answers: ColumnPlot
    most_answers: str
    slowest: ColumnPlot
    most_ms: str


def draw_rehearsal(seconds: Sequence[Second]) -> RehearsalPlots:
    """The plots of a rehearsal, of a part of it while it runs."""
    last = max([each.second for each in seconds], default=0)
    label_every = max(1, (last + 1) // 10)
    answers = draw_columns(
        [value for each in seconds for value in _answers(each)], first=0, last=last, label_every=label_every
    )
    taken = [
        ColumnValue(
            each.second,
            round(each.p99_ms),
            "bad" if each.p99_ms > SLOW_MS else "good",
            gettext("第 {second} 秒：99% 的回答在 {ms} 毫秒内").format(second=each.second, ms=round(each.p99_ms)),
        )
        for each in seconds
        if each.answered
    ]
    slowest = draw_columns(taken, first=0, last=last, label_every=label_every)
    return RehearsalPlots(
        answers=answers,
        most_answers=gettext("最多每秒 {n} 个回答").format(n=answers.max_value),
        slowest=slowest,
        most_ms=gettext("最慢 {n} 毫秒").format(n=slowest.max_value),
    )


def _answers(each: Second) -> list[ColumnValue]:
    """Accepted grabs at the bottom, then pages and refusals, then busy and failed answers."""
    words = gettext("第 {second} 秒：抢到 {accepted}，列表 {pages}，没抢到 {refused}，忙 {busy}，出错 {failed}").format(
        second=each.second,
        accepted=each.accepted,
        pages=each.pages,
        refused=each.refused,
        busy=each.busy,
        failed=each.failed,
    )
    parts = [("good", each.accepted), ("plain", each.pages + each.refused), ("bad", each.busy + each.failed)]
    values, below = [], 0
    for tone, count in parts:
        if count:
            values.append(ColumnValue(each.second, count, tone, words, below))
            below += count
    return values
