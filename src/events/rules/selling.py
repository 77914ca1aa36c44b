"""What is said of sales, wishes of customers, and the tier of a reseller."""

from collections.abc import Mapping

from events.rules.kinds import EventKind, Face, KindTerms, SubjectKind, terms

TERMS_OF_SELLING: Mapping[EventKind, KindTerms] = {
    EventKind.WISH_CREATED: terms(
        SubjectKind.WISH,
        "shop",
        "新心愿 {wish_id}：{units} 件",
        "New wish {wish_id}: {units} units",
    ),
    EventKind.WISH_ADDRESS_CHANGED: terms(
        SubjectKind.WISH,
        "shop",
        "顾客改了心愿 {wish_id} 的收货信息，下单前请核对",
        "A customer changed the recipient of wish {wish_id}; check it before you order",
    ),
    EventKind.CUSTOMER_WAITS: terms(
        SubjectKind.WISH,
        "shop",
        "有顾客在等 {goods} 补货",
        "A customer waits for {goods} to come back",
    ),
    EventKind.CUSTOMERS_SIZE_IS_BACK: terms(
        SubjectKind.WISH,
        "shop",
        "{goods} 有货了，您有 {customers} 位顾客在等，快去下单",
        "{goods} is available again and {customers} of your customers wait for it; order now",
    ),
    EventKind.SALE_OPENED: KindTerms(
        SubjectKind.SALE,
        frozenset({Face.SHOP}),
        "专场「{title}」开售了",
        "The sale “{title}” has opened",
        is_for_every_reseller=True,
    ),
    EventKind.SALE_OPENED_FOR_TIER: terms(
        SubjectKind.SALE,
        "shop",
        "专场「{title}」对您的等级提前开售了",
        "The sale “{title}” has opened for your tier, before it opens for all",
    ),
    EventKind.SALE_OPENS_SOON: terms(
        SubjectKind.SALE_REMINDER,
        "shop",
        "您要提醒的专场「{title}」{minutes} 分钟后开售",
        "The sale “{title}”, of which you wanted to be reminded, opens in {minutes} min",
    ),
    EventKind.WAITED_FOR_IS_BACK: terms(
        SubjectKind.WAITING_ENTRY,
        "shop",
        "您等的 {goods} 补到 {units} 件，为您留 {minutes} 分钟",
        "{units} of {goods}, which you wait for, are back; they are kept for you for {minutes} minutes",
    ),
    EventKind.DRAW_WON: terms(
        SubjectKind.DRAW_ENTRY,
        "shop",
        "您中签了：{goods} {units} 件，请在 {minutes} 分钟内下单，过时给下一位",
        "You won {units} of {goods} in the draw; order within {minutes} minutes, then the next one gets them",
    ),
    EventKind.DRAW_NOT_WON: terms(
        SubjectKind.DRAW_ENTRY,
        "shop",
        "{goods} 这次没有中签，您排第 {rank} 位；前面的人没下单就轮到您",
        "You did not win {goods}: you are number {rank}, and get what those before you do not order",
    ),
    EventKind.DRAW_PASSED_OVER: terms(
        SubjectKind.DRAW_ENTRY,
        "shop",
        "{goods} 抽签您排第 {rank} 位，但按现在的限购或起批不能留给您",
        "You are number {rank} in the draw of {goods}, and your purchase limits or the quantity terms leave you none now",
    ),
    EventKind.DRAW_CALLED_OFF: terms(
        SubjectKind.DRAW_ENTRY,
        "shop",
        "{goods} 的抽签取消了：专场已取消或提前结束",
        "The draw of {goods} is called off: its sale was cancelled or ended early",
    ),
    EventKind.RESERVATION_ENDED: terms(
        SubjectKind.WAITING_ENTRY,
        "shop",
        "专场提前结束，为您留的 {goods} {units} 件不能再下单了",
        "The sale ended early: the {units} of {goods} that were kept for you cannot be ordered any more",
    ),
    EventKind.WON_UNITS_ENDED: terms(
        SubjectKind.DRAW_ENTRY,
        "shop",
        "专场提前结束，您中签的 {goods} {units} 件不能再下单了",
        "The sale ended early: the {units} of {goods} that you won cannot be ordered any more",
    ),
    EventKind.LEVEL_ABOUT_TO_FALL: terms(
        SubjectKind.RESELLER,
        "shop",
        "这个月如果现在结束，您的等级会从 {before_zh} 降到 {after_zh}；看看还差多少",
        "If this month ended now, your tier would fall from {before_en} to {after_en}; see what is missing",
    ),
}
