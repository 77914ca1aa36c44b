"""How long a request's body may take to arrive, how large it may be, and where its bytes are kept meanwhile.

Knows no server and no framework: `config.adapter` reads from the connection and asks here what to do.
"""

import errno
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, ClassVar

from kernel.refusal import Busy, Refusal

MAX_BYTES_IN_MEMORY = 64 * 1024


class BodyTooLarge(Refusal):
    status: ClassVar[int] = 413
    code = "request.too_large"
    zh = "请求内容太大：这里最多接收 {max_kb} KB"
    en = "The request is too large: at most {max_kb} KB are taken here"
    max_kb: int


class FormTooLong(Refusal):
    """Of somebody who is not signed in, on a public page."""

    status: ClassVar[int] = 413
    code = "request.form_too_long"
    zh = "提交的内容太长（最多 {max_kb} KB），没有保存；请返回上一页，缩短后再提交"
    en = "What was sent is too long (at most {max_kb} KB) and was not saved; go back, make it shorter and send it again"
    max_kb: int


class BodyTimedOut(Refusal):
    status: ClassVar[int] = 408
    code = "request.timed_out"
    zh = "请求内容没有及时传完，请检查网络后重试"
    en = "The request did not arrive in time; check the network and try again"


class LengthRequired(Refusal):
    status: ClassVar[int] = 411
    code = "request.length_required"
    zh = "请求缺少 Content-Length（不接收分块传输的内容）"
    en = "The request has no Content-Length (chunked bodies are not taken)"


class TooManyBodies(Busy):
    code = "request.too_many_bodies"
    zh = "同时上传的内容太多，请稍后再试"
    en = "Too much is being uploaded at once; try again later"

    def seconds_to_wait(self) -> int:
        return 5


class DiskFull(Busy):
    code = "request.disk_full"
    zh = "服务器磁盘已满，无法保存文件；请联系运营，稍后再试"
    en = "The server's disk is full and the file cannot be saved; tell the operators and try again later"

    def seconds_to_wait(self) -> int:
        return 60


@contextmanager
def disk_full_is_refused() -> Iterator[None]:
    """Writes within fail with DiskFull where the disk is full; other errors stay what they are."""
    try:
        yield
    except OSError as problem:
        if is_disk_full(problem):
            raise DiskFull from problem
        raise


def is_disk_full(problem: BaseException) -> bool:
    return isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Pace:
    """How slowly a body may arrive: its client may be silent for `seconds`, and after them must have kept to the minimum rate.

    The default leaves 64 kbit/s to a line that sends a large workbook, and ends a connection on which nothing arrives within ten seconds.
    """

    seconds: float = 9.0
    bytes_per_second: int = 8 * 1024

    def deadline(self, *, started: float, last_bytes_at: float, received: int) -> float:
        """When a body that has not ended is given up, on the clock of `started`: after `seconds` of silence, and where it is slower
        than the minimum rate `seconds` after its start and one second more for each `bytes_per_second` received."""
        return min(last_bytes_at + self.seconds, started + self.seconds + received / self.bytes_per_second)


DEFAULT_PACE = Pace()


@dataclass
class Budget:
    """Bytes of bodies that one process holds at the same time, on disk and in memory.

    The first MAX_BYTES_IN_MEMORY of each body count for nothing: whoever fills the budget must not stop ordinary forms.
    """

    max_memory: int
    max_disk: int
    memory: int = 0
    disk: int = 0


@dataclass
class ReceivedBody:
    """A body as it arrives: the first bytes in memory, the rest of a large one in a temporary file. Close it to free its budget.

    Only a body that `may_spool` goes to disk; others stay in memory up to the limit of the caller.
    """

    budget: Budget
    may_spool: bool
    received: int = 0
    _in_memory: int = 0
    _on_disk: int = 0
    _file: IO[bytes] = field(default_factory=io.BytesIO)

    def append(self, chunk: bytes) -> None:
        """Raises TooManyBodies where the budget is spent, DiskFull where the disk is."""
        if self.may_spool and self.received + len(chunk) > MAX_BYTES_IN_MEMORY:
            self._append_on_disk(chunk)
        else:
            self._append_in_memory(chunk)
        self.received += len(chunk)

    def file(self) -> IO[bytes]:
        """What was received, from its beginning."""
        with disk_full_is_refused():
            self._file.seek(0)
        return self._file

    def close(self) -> None:
        self.budget.memory -= self._in_memory
        self.budget.disk -= self._on_disk
        self._in_memory = self._on_disk = 0
        # What could not be written when the disk was full cannot be written now either, and need not be.
        with suppress(OSError):
            self._file.close()

    def _append_in_memory(self, chunk: bytes) -> None:
        counted = max(0, self.received + len(chunk) - MAX_BYTES_IN_MEMORY) - self._in_memory
        if self.budget.memory + counted > self.budget.max_memory:
            raise TooManyBodies
        self.budget.memory += counted
        self._in_memory += counted
        self._file.write(chunk)

    def _append_on_disk(self, chunk: bytes) -> None:
        moved = 0 if self._on_disk else self.received
        if self.budget.disk + moved + len(chunk) > self.budget.max_disk:
            raise TooManyBodies
        with disk_full_is_refused():
            if not self._on_disk:
                first = self._file
                self._file = tempfile.TemporaryFile(prefix="weicang-body-")  # noqa: SIM115 - `close` closes it
                first.seek(0)
                self._file.write(first.read())
            self._file.write(chunk)
        self.budget.disk += moved + len(chunk)
        self._on_disk += moved + len(chunk)
