"""What keeps a recipient from being entered, field by field (ORDER-5)."""

from orders.rules.recipients import recipient_faults


def test_recipient_faults_name_each_field_once() -> None:
    faults = recipient_faults(name="王" * 41, phone="", is_phone=False, address="上海")
    assert [fault.field for fault in faults] == ["name", "phone", "address"]
    assert [fault.zh for fault in faults] == ["姓名最多 40 个字", "缺少电话", "详细地址须有 5 至 200 个字"]


def test_recipient_faults_of_three_valid_fields_are_none() -> None:
    assert recipient_faults(name="王", phone="13800138000", is_phone=True, address="上海静安路") == []
