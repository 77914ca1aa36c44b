"""What is said of workbooks that were read."""

from collections.abc import Mapping
from dataclasses import dataclass

from events.rules.kinds import EventKind, KindTerms, SubjectKind, terms

TERMS_OF_UPLOADS: Mapping[EventKind, KindTerms] = {
    EventKind.UPLOAD_READY: terms(
        SubjectKind.UPLOAD,
        "portal",
        "库存表（上传 {upload_id}）{outcome_zh}",
        "Your stock workbook (upload {upload_id}) {outcome_en}",
    ),
    EventKind.ORDER_UPLOAD_READY: terms(
        SubjectKind.ORDER_UPLOAD,
        "shop",
        "下单表格（上传 {upload_id}）{outcome_zh}",
        "Your order workbook (upload {upload_id}) {outcome_en}",
    ),
    EventKind.SHIPPING_UPLOAD_READY: terms(
        SubjectKind.SHIPPING_UPLOAD,
        "portal",
        "发货表（上传 {upload_id}）{outcome_zh}",
        "Your shipping workbook (upload {upload_id}) {outcome_en}",
    ),
    EventKind.STATEMENT_LIST_READY: terms(
        SubjectKind.STATEMENT_LIST,
        "portal",
        "结算单 {statement_id} 的对账表（第 {list_id} 份）{outcome_zh}",
        "Your reconciliation list {list_id} of statement {statement_id} {outcome_en}",
    ),
}


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What is said of a workbook that was read."""

    zh: str
    en: str


READ = UploadOutcome("已读完，请核对后确认", "was read; check it and confirm")
ASKED = UploadOutcome("有问题要您回答", "raises questions for you")
DONE = UploadOutcome("已处理，发货已登记", "was carried out; its parcels are recorded")
REFUSED = UploadOutcome("读不了，请看原因", "cannot be read; see why")
