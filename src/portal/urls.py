"""Addresses of the brand's desk, below /portal/."""

from django.urls import path

from portal.pages import (
    clerks,
    enquiries,
    home,
    inbox,
    quantities,
    returns,
    sales,
    shipping,
    shipping_desk,
    shipping_uploads,
    statements,
    stock,
    uploads,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_inbox, name="read_inbox"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/template/", uploads.template, name="template"),
    path("uploads/<int:upload_id>/", uploads.upload, name="upload"),
    path("uploads/<int:upload_id>/progress/", uploads.progress, name="upload_progress"),
    path("uploads/<int:upload_id>/answers/", uploads.answers, name="upload_answers"),
    path("uploads/<int:upload_id>/missing/", uploads.missing, name="upload_missing"),
    path("uploads/<int:upload_id>/apply/", uploads.apply, name="upload_apply"),
    path("uploads/<int:upload_id>/cancel/", uploads.cancel, name="upload_cancel"),
    path("uploads/<int:upload_id>/undo/", uploads.undo, name="upload_undo"),
    path("uploads/<int:upload_id>/annotated/", uploads.annotated_link, name="upload_annotated_link"),
    path("uploads/<int:upload_id>/annotated/file/", uploads.annotated, name="upload_annotated"),
    path("uploads/<int:upload_id>/file/", uploads.original, name="upload_file"),
    path("stock/", stock.stock, name="stock"),
    path("stock/quantities/", quantities.quantities, name="quantities"),
    path("shipping/", shipping.shipping, name="shipping"),
    path("shipping/picking/", shipping_desk.picking_list, name="picking_list"),
    path("shipping/scan/", shipping_desk.scan, name="scan"),
    path("shipping/list/", shipping.shipping_list, name="shipping_list"),
    path("shipping/workbooks/", shipping_uploads.uploads, name="shipping_uploads"),
    path("shipping/workbooks/<int:shipping_upload_id>/", shipping_uploads.upload, name="shipping_upload"),
    path(
        "shipping/workbooks/<int:shipping_upload_id>/progress/",
        shipping_uploads.progress,
        name="shipping_upload_progress",
    ),
    path(
        "shipping/workbooks/<int:shipping_upload_id>/answers/", shipping_uploads.answers, name="shipping_upload_answers"
    ),
    path(
        "shipping/workbooks/<int:shipping_upload_id>/carriers/",
        shipping_uploads.carriers,
        name="shipping_upload_carriers",
    ),
    path("shipping/workbooks/<int:shipping_upload_id>/cancel/", shipping_uploads.cancel, name="shipping_upload_cancel"),
    path("shipping/<int:consignment_id>/", shipping.ship, name="ship"),
    path("shipping/lines/<int:line_id>/shortage/", shipping.shortage, name="shortage"),
    path("shipping/parcels/<int:parcel_id>/tracking/", shipping.correct_parcel, name="correct_parcel"),
    path("returns/", returns.returns, name="returns"),
    path("returns/receive/", returns.receive, name="receive_returns"),
    path("returns/address/", returns.set_address, name="set_return_address"),
    path("enquiries/", enquiries.enquiries, name="enquiries"),
    path("enquiries/<int:enquiry_id>/", enquiries.enquiry, name="enquiry"),
    path("clerks/", clerks.clerks, name="clerks"),
    path("clerks/<int:person_id>/deactivate/", clerks.deactivate, name="deactivate_clerk"),
    path("clerks/<int:person_id>/reactivate/", clerks.reactivate, name="reactivate_clerk"),
    path("sales/", sales.sales, name="sales"),
    path("sales/<int:sale_id>/", sales.sale, name="sale"),
    path("sales/<int:sale_id>/why/<int:sku_id>/", sales.why, name="why"),
    path("statements/", statements.statements, name="statements"),
    path("statements/<int:statement_id>/", statements.statement, name="statement"),
]
