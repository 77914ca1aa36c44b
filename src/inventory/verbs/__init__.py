"""Writes of goods and stock, and the uploads of stock workbooks."""

from inventory.verbs.landing import (
    LaterUploadStands,
    PricesNeedConfirmation,
    StockBoundMeanwhile,
    TooLateToUndo,
    commit_upload,
    undo_upload,
)
from inventory.verbs.marking import stock_template
from inventory.verbs.pictures import keep_pictures, size_pictures
from inventory.verbs.stock import (
    NoSuchCategory,
    NotEnoughStock,
    ReasonNeeded,
    adjust,
    free_units,
    lock_skus,
    move,
    set_brand_categories,
)
from inventory.verbs.uploads import (
    AbsentIsBound,
    AnswersUnsound,
    BrandNotAdmitted,
    UploadNotReady,
    UploadQuotaReached,
    UploadUnderWay,
    WorkbookEmpty,
    WorkbookTooLarge,
    answer_upload,
    cancel_upload,
    receive_upload,
    zero_absent,
)

__all__ = [
    "AbsentIsBound",
    "AnswersUnsound",
    "BrandNotAdmitted",
    "LaterUploadStands",
    "NoSuchCategory",
    "NotEnoughStock",
    "PricesNeedConfirmation",
    "ReasonNeeded",
    "StockBoundMeanwhile",
    "TooLateToUndo",
    "UploadNotReady",
    "UploadQuotaReached",
    "UploadUnderWay",
    "WorkbookEmpty",
    "WorkbookTooLarge",
    "adjust",
    "answer_upload",
    "cancel_upload",
    "commit_upload",
    "free_units",
    "keep_pictures",
    "lock_skus",
    "move",
    "receive_upload",
    "set_brand_categories",
    "size_pictures",
    "stock_template",
    "undo_upload",
    "zero_absent",
]
