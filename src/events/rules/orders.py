"""What is said of orders, their payment and their parcels."""

from collections.abc import Mapping

from events.rules.kinds import EventKind, KindTerms, SubjectKind, terms

TERMS_OF_ORDERS: Mapping[EventKind, KindTerms] = {
    EventKind.ORDER_PAID: terms(
        SubjectKind.ORDER,
        "shop",
        "订单 {order_id} 已付款 ¥{total}，共 {units} 件",
        "Order {order_id} was paid: ¥{total} for {units} units",
    ),
    EventKind.ORDER_EXPIRED: terms(
        SubjectKind.ORDER,
        "shop",
        "订单 {order_id} 超时未付，{units} 件货已放回专场；还有货时可以一键找回",
        "Order {order_id} ran out unpaid and its {units} units went back; reclaim them while there is stock",
    ),
    EventKind.LATE_PAYMENT_REFUNDED: terms(
        SubjectKind.ORDER,
        "shop",
        "为订单 {order_id} 付的 ¥{total} 到了：{reason_zh}，款在您的钱包里",
        "¥{total} arrived for order {order_id}: {reason_en}; it is in your wallet",
    ),
    EventKind.LATE_PAYMENT_TO_SOURCE: terms(
        SubjectKind.ORDER,
        "shop",
        "为订单 {order_id} 付的 ¥{total} 到了：{reason_zh}，款正原路退回",
        "¥{total} arrived for order {order_id}: {reason_en}; it goes back to where it came from",
    ),
    EventKind.CONSIGNMENT_TO_SHIP: terms(
        SubjectKind.CONSIGNMENT,
        "portal",
        "新发货单 {consignment_id}：{units} 件，须在 24 小时内发出",
        "New consignment {consignment_id}: {units} units, to be shipped within 24 hours",
    ),
    EventKind.RESEND_TO_SHIP: terms(
        SubjectKind.CONSIGNMENT,
        "portal",
        "发货单 {consignment_id} 补发 {goods} {units} 件，须在 24 小时内发出",
        "Send {units} units of {goods} again for consignment {consignment_id}, within 24 hours",
    ),
    EventKind.CONSIGNMENT_SHIPPED: terms(
        SubjectKind.CONSIGNMENT,
        "shop",
        "订单 {order_id} 已发货：{carrier} {tracking_no}，{units} 件",
        "Order {order_id} was shipped: {carrier_en} {tracking_no}, {units} units",
    ),
    EventKind.PARCEL_SIGNED: terms(
        SubjectKind.CONSIGNMENT,
        "shop",
        "订单 {order_id} 的包裹已签收：{carrier} {tracking_no}",
        "A parcel of order {order_id} was delivered: {carrier_en} {tracking_no}",
    ),
    EventKind.PARCEL_PROBLEM: terms(
        SubjectKind.CONSIGNMENT,
        "shop portal",
        "订单 {order_id} 的包裹有异常（{problem_zh}）：{carrier} {tracking_no}",
        "A parcel of order {order_id} has a problem ({problem_en}): {carrier_en} {tracking_no}",
    ),
    EventKind.LINE_SHORT: terms(
        SubjectKind.ORDER_LINE,
        "shop console",
        "订单 {order_id} 的 {goods} 缺货 {units} 件，已退款 ¥{refund}",
        "{units} units of {goods} in order {order_id} cannot be shipped; ¥{refund} was refunded",
    ),
    EventKind.SUBSTITUTE_OFFERED: terms(
        SubjectKind.ORDER_LINE,
        "shop",
        "订单 {order_id} 缺的 {goods}，品牌可以发同款 {new_goods} {units} 件；要就在订单里接受，不要就不用管",
        "For the missing {goods} of order {order_id} the brand offers {units} of {new_goods}; accept in the order, or do nothing",
    ),
    EventKind.SUBSTITUTE_ACCEPTED: terms(
        SubjectKind.ORDER_LINE,
        "portal",
        "订单 {order_id} 接受了替代品 {new_goods} {units} 件，新订单 {new_order_id}",
        "Order {order_id} accepted {units} of {new_goods} as a substitute: order {new_order_id}",
    ),
    EventKind.SUBSTITUTE_DECLINED: terms(
        SubjectKind.ORDER_LINE,
        "portal",
        "订单 {order_id} 谢绝了替代品 {new_goods}",
        "Order {order_id} declined the substitute {new_goods}",
    ),
    EventKind.PAYMENT_DUE_SOON: terms(
        SubjectKind.ORDER,
        "shop",
        "订单 {order_id} 还有 {minutes} 分钟就到付款时限，共 ¥{total}",
        "Order {order_id} must be paid within {minutes} minutes: ¥{total}",
    ),
    EventKind.SHIPPING_DUE_SOON: terms(
        SubjectKind.CONSIGNMENT,
        "portal",
        "发货单 {consignment_id} 快到 24 小时发货时限，还剩 {hours} 小时",
        "Consignment {consignment_id} must be shipped within {hours} hours",
    ),
}
