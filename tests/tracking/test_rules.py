"""The status that follows from events, in any order of their arrival, and what is masked (TRACK-4, TRACK-6, TRACK-8)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.rules import (
    STATES,
    CarrierEvent,
    ParcelStatus,
    masked_text,
    next_status,
    phone_tail_of,
    query_after,
    retry_after,
    status_of,
    takes_event,
)

SHIPPED_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
S = ParcelStatus


def event(hours: float, code: str, text: str = "") -> CarrierEvent:
    return CarrierEvent(SHIPPED_AT + timedelta(hours=hours), code, text or f"event {code}")


events = st.lists(
    st.builds(event, st.integers(-2, 6), st.sampled_from([*STATES, "", "999"]), st.sampled_from(["a", "b", "c"])),
    max_size=12,
)


@pytest.mark.parametrize(
    ("codes", "status", "code", "since"),
    [
        ([], S.SHIPPED, "", 0),
        (["101", "102"], S.SHIPPED, "", 0),
        (["103"], S.IN_TRANSIT, "", 1),
        (["103", "1002", "0"], S.IN_TRANSIT, "", 1),
        (["103", "0", "5"], S.DELIVERING, "", 3),
        (["103", "0", "5", "501"], S.AT_PICKUP, "", 4),
        (["103", "5", "301"], S.DELIVERED, "", 3),
        (["103", "5", "301", "0", "5"], S.DELIVERED, "", 3),
        (["103", "5", "204"], S.PROBLEM, "204", 3),
        (["103", "5", "204", "5", "302"], S.DELIVERED, "", 5),
        (["103", "203", "6", "0", "5"], S.RETURNING, "6", 3),
        (["103", "203", "6", "0", "3"], S.RETURNED, "", 5),
        (["103", "203", "6", "4", "5"], S.RETURNED, "", 4),
        (["103", "304", "6"], S.RETURNING, "6", 3),
        (["103", "999", ""], S.IN_TRANSIT, "", 1),
        (["8", "13"], S.PROBLEM, "13", 2),
        (["103", "14"], S.PROBLEM, "14", 2),
        (["103", "7"], S.IN_TRANSIT, "", 1),
    ],
)
def test_status_of_a_walk(codes: list[str], status: ParcelStatus, code: str, since: int) -> None:
    found = status_of([event(hour, each) for hour, each in enumerate(codes, 1)], shipped_at=SHIPPED_AT)
    assert (found.status, found.code, found.at) == (status, code, SHIPPED_AT + timedelta(hours=since))


def test_an_older_event_never_turns_a_status_back() -> None:
    delivered = [event(1, "103"), event(9, "301")]
    late = [*delivered, event(5, "5"), event(6, "204")]
    assert status_of(late, shipped_at=SHIPPED_AT) == status_of(delivered, shipped_at=SHIPPED_AT)


@given(events, st.randoms())
def test_status_of_depends_on_the_set_of_events_alone(found: list[CarrierEvent], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert status_of(shuffled, shipped_at=SHIPPED_AT) == status_of(found, shipped_at=SHIPPED_AT)


@given(st.sampled_from(ParcelStatus), st.sampled_from(ParcelStatus))
def test_next_status_never_leaves_the_end_for_the_way(current: ParcelStatus, reported: ParcelStatus) -> None:
    after = next_status(current, reported)
    if current is S.RETURNED:
        assert after is S.RETURNED
    if current is S.DELIVERED:
        assert after in (S.DELIVERED, S.RETURNING, S.RETURNED)
    if current is not S.SHIPPED:
        assert after is not S.SHIPPED


@pytest.mark.parametrize(
    ("hours", "taken"), [(-7 * 24, True), (-7 * 24 - 1, False), (0, True), (10 * 24, True), (11 * 24 + 1, False)]
)
def test_takes_event_within_what_one_parcel_can_see(hours: int, taken: bool) -> None:
    now = SHIPPED_AT + timedelta(days=10)
    assert takes_event(event(hours, "0"), shipped_at=SHIPPED_AT, now=now) is taken


def test_waits_grow_up_to_a_bound() -> None:
    assert [retry_after(n) for n in (1, 2, 5, 99)] == [timedelta(minutes=m) for m in (5, 15, 360, 360)]
    assert [query_after(n) for n in (0, 1, 2, 99)] == [timedelta(hours=h) for h in (6, 12, 24, 24)]


@pytest.mark.parametrize(
    ("phone", "tail"),
    [
        ("13800138000", "8000"),
        ("18412345678-7804", "5678"),
        ("0571-88881234", "1234"),
        ("0571-88881234-801", "1234"),
        ("+852-91234567", "4567"),
        ("", ""),
        ("110", ""),
    ],
)
def test_phone_tail_of(phone: str, tail: str) -> None:
    assert phone_tail_of(phone) == tail


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("派件员：张三，电话 13800138000", "派件员：张三，电话 138****8000"),
        ("请联系+8613800138000", "请联系+86****8000"),
        ("电话18412345678-7804。", "电话184****5678-****。"),
        ("网点电话0571-88881234，或0571-88881234转8", "网点电话0571-****1234，或0571-****1234-****"),
        ("投诉电话 95338、400-811-1111，单号 77013800138000", "投诉电话 95338、400-811-1111，单号 77013800138000"),
        ("已签收，签收人：王小美", "已签收，签收人：王*"),
        ("签收人是李雷，感谢使用", "签收人是李*，感谢使用"),
        ("签收人：本人", "签收人：本人"),
        ("收件人要求改派", "收件人要求改派"),
        ("您的快件已由欧阳晓晴取走", "您的快件已由欧*取走"),
    ],
)
def test_masked_text(text: str, masked: str) -> None:
    assert masked_text(text, ["欧阳晓晴", "王"]) == masked


@given(st.text("收件签人:：王小美本138000 ", max_size=40))
def test_masked_text_is_stable(text: str) -> None:
    once = masked_text(text, ["王小美"])
    assert "王小美" not in once
    assert "13800138000" not in once
