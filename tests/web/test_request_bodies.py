import errno
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.request_bodies import DEFAULT_PACE, MAX_BYTES_IN_MEMORY, Budget, DiskFull, ReceivedBody, TooManyBodies

MB = 1024 * 1024


@given(st.integers(0, 100 * MB), st.floats(0, 10_000))
def test_a_deadline_is_never_further_than_the_longest_silence(received: int, last_bytes_at: float) -> None:
    found = DEFAULT_PACE.deadline(started=0, last_bytes_at=last_bytes_at, received=received)
    assert found == min(last_bytes_at + 9, 9 + received / 8192)


def test_deadlines_of_bodies_that_the_service_meets() -> None:
    assert DEFAULT_PACE.deadline(started=100, last_bytes_at=100, received=0) == 109
    assert DEFAULT_PACE.deadline(started=100, last_bytes_at=108.9, received=9) < 109.01
    assert DEFAULT_PACE.deadline(started=100, last_bytes_at=6500, received=50 * MB) == 6509


def test_a_body_in_memory_is_counted_until_it_is_closed() -> None:
    budget = Budget(max_memory=10, max_disk=0)
    body, form = ReceivedBody(budget, may_spool=False), ReceivedBody(budget, may_spool=False)
    first = b"0" * (MAX_BYTES_IN_MEMORY - 2)
    body.append(first)
    assert budget.memory == 0
    body.append(b"12345")
    body.append(b"678")
    with pytest.raises(TooManyBodies):
        body.append(b"9abcde")
    assert (body.file().read(), budget) == (first + b"12345678", Budget(10, 0, memory=6))
    form.append(b"1" * MAX_BYTES_IN_MEMORY)
    assert budget.memory == 6
    body.close()
    assert budget == Budget(10, 0)


def test_a_large_body_moves_to_disk_whole() -> None:
    budget = Budget(max_memory=MB, max_disk=MB)
    body = ReceivedBody(budget, may_spool=True)
    first, second = b"1" * MAX_BYTES_IN_MEMORY, b"2" * 100
    body.append(first)
    assert budget == Budget(MB, MB)
    body.append(second)
    assert budget == Budget(MB, MB, memory=0, disk=len(first) + 100)
    assert body.file().read() == first + second
    body.close()
    assert budget == Budget(MB, MB)


def test_a_full_disk_is_refused_and_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **options: Full())
    budget = Budget(max_memory=MB, max_disk=MB)
    body = ReceivedBody(budget, may_spool=True)
    with pytest.raises(DiskFull):
        body.append(b"1" * (MAX_BYTES_IN_MEMORY + 1))
    body.close()
    assert budget == Budget(MB, MB)
