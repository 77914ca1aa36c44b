"""What is said of cases, faults and enquiries."""

from collections.abc import Mapping

from events.rules.kinds import EventKind, KindTerms, SubjectKind, terms

TERMS_OF_AFTERSALES: Mapping[EventKind, KindTerms] = {
    EventKind.CASE_OPENED: terms(
        SubjectKind.CASE,
        "console",
        "新售后 {case_id}：订单 {order_id} 的 {goods} {units} 件",
        "New case {case_id}: {units} units of {goods} in order {order_id}",
    ),
    EventKind.CASE_DECIDED: terms(
        SubjectKind.CASE,
        "shop",
        "售后 {case_id} 有了结果：{decision_zh}",
        "Case {case_id} was decided: {decision_en}",
    ),
    EventKind.CASE_REFUNDED: terms(
        SubjectKind.CASE,
        "shop",
        "售后 {case_id} 已退款 ¥{refund}",
        "Case {case_id} was refunded: ¥{refund}",
    ),
    EventKind.CASE_SENT_BACK: terms(
        SubjectKind.CASE,
        "portal",
        "售后 {case_id} 的 {goods} {units} 件已寄回：{carrier} {tracking_no}",
        "{units} units of {goods} of case {case_id} are on their way back: {carrier} {tracking_no}",
    ),
    EventKind.FAULT_REPORTED: terms(
        SubjectKind.FAULT_REPORT,
        "shop",
        "顾客说订单 {order_id} 的 {goods} 有问题，{units} 件，等您处理",
        "A customer reports a fault in {units} units of {goods}, order {order_id}; it waits for you",
    ),
    EventKind.ENQUIRY_OPENED: terms(
        SubjectKind.ENQUIRY, "console", "新咨询 {enquiry_id}，等待答复", "New enquiry {enquiry_id} waits for an answer"
    ),
    EventKind.ENQUIRY_ANSWERED: terms(
        SubjectKind.ENQUIRY, "shop", "客服答复了咨询 {enquiry_id}", "Enquiry {enquiry_id} was answered"
    ),
    EventKind.ENQUIRY_PASSED: terms(
        SubjectKind.ENQUIRY, "portal", "咨询 {enquiry_id} 请品牌答复", "Enquiry {enquiry_id} waits for your answer"
    ),
    EventKind.ENQUIRY_ANSWERED_BY_BRAND: terms(
        SubjectKind.ENQUIRY,
        "shop console",
        "{brand}答复了咨询 {enquiry_id}",
        "Enquiry {enquiry_id} was answered by {brand}",
    ),
}
