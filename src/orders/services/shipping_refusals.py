"""Why a shipment is refused (ORDER-4, ORDER-9)."""

from kernel.refusal import Conflict, Invalid, Missing


class CannotShip(Conflict):
    code = "orders.cannot_ship"
    zh = "发货单 {consignment_id} 已发货或已取消，不能再发货；单号填错了请在「已发货」里改"
    en = "Consignment {consignment_id} is shipped or cancelled already; a wrong number is corrected under “Shipped”"
    consignment_id: int


class TrackingNumberTaken(Conflict):
    code = "orders.tracking_number_taken"
    zh = "单号 {tracking_no} 已用于发货单 {other}（{name}），一个包裹只能寄给一位收件人，请核对"
    en = "The number {tracking_no} stands on consignment {other} ({name}) already, and a parcel goes to one recipient; check it"
    tracking_no: str
    other: int
    name: str


class NumberWasCorrected(Conflict):
    code = "orders.number_was_corrected"
    zh = "发货单 {consignment_id} 的单号 {tracking_no} 已改为 {corrected_no}，没有再发货；请用新单号"
    en = "The number {tracking_no} of consignment {consignment_id} was corrected to {corrected_no}; nothing more was shipped"
    consignment_id: int
    tracking_no: str
    corrected_no: str


class OtherCarrier(Conflict):
    code = "orders.other_carrier"
    zh = "发货单 {consignment_id} 的单号 {tracking_no} 已登记为{carrier}；填错了请改单号"
    en = "The number {tracking_no} of consignment {consignment_id} is recorded with {carrier}; correct it if that is wrong"
    consignment_id: int
    tracking_no: str
    carrier: str


class NoSuchLineToShip(Missing):
    code = "orders.no_such_line_to_ship"
    zh = "发货单 {consignment_id} 里没有这件货（{line_id}）"
    en = "Consignment {consignment_id} has no line {line_id}"
    consignment_id: int
    line_id: int


class UnitsRefunded(Conflict):
    code = "orders.units_refunded"
    zh = "{sku_name} 已全部退款，请不要发出"
    en = "All units of {sku_name} were refunded; do not send them"
    line_id: int
    sku_name: str


class LineAlreadyShipped(Conflict):
    code = "orders.line_already_shipped"
    zh = "{sku_name} 已全部发出（单号 {tracking_no}）；单号填错了请在「已发货」里改"
    en = "All units of {sku_name} are shipped (number {tracking_no}); a wrong number is corrected under “Shipped”"
    line_id: int
    sku_name: str
    tracking_no: str


class TooManyUnits(Conflict):
    code = "orders.too_many_units"
    zh = "{sku_name} 只剩 {left_units} 件待发，填了 {units} 件"
    en = "{left_units} units of {sku_name} are left to ship, and {units} were given"
    line_id: int
    sku_name: str
    units: int
    left_units: int


class OtherUnitsInParcel(Conflict):
    code = "orders.other_units_in_parcel"
    zh = "包裹 {tracking_no} 里已登记 {sku_name} {recorded_units} 件，与填写的 {units} 件不符"
    en = "Parcel {tracking_no} is recorded with {recorded_units} units of {sku_name}, and {units} were given"
    line_id: int
    sku_name: str
    tracking_no: str
    recorded_units: int
    units: int


class InvalidUnitsToShip(Invalid):
    code = "orders.invalid_units_to_ship"
    zh = "发货件数须大于 0"
    en = "The units to ship must be above zero"
