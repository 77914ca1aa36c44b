"""Turns for requests that wait for a thread: who sends many waits behind the others, not before them (docs/decisions/0321)."""

import asyncio
from collections import OrderedDict, deque


class FairTurns:
    """`slots` requests have a turn at once. Those that wait get theirs in rotation by sender, of each sender the oldest first.

    Belongs to one event loop.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, sender: str) -> None:
        """Wait for a turn; `give_back` ends it."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(sender, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        while self._waiting:
            sender, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[sender] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
