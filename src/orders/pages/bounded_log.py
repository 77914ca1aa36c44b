"""A log that strangers cannot fill."""

import logging
import time
from dataclasses import dataclass, field


@dataclass
class BoundedLog:
    """At most one line a minute of each kind, with the number of those before it: strangers must not fill the log."""

    log: logging.Logger
    seconds: float = 60.0
    _next: dict[str, float] = field(default_factory=dict)
    _left_out: dict[str, int] = field(default_factory=dict)

    def warn(self, message: str) -> None:
        at = time.monotonic()
        if at < self._next.get(message, 0.0):
            self._left_out[message] = self._left_out.get(message, 0) + 1
            return
        self._next[message] = at + self.seconds
        self.log.warning(message, extra={"left_out": self._left_out.pop(message, 0)})
