import asyncio

from web.fair_turns import FairTurns


def order_of(senders: list[str], slots: int) -> list[str]:
    """Who has a turn when, where all ask before the first turn ends."""
    had: list[str] = []

    async def take(turns: FairTurns, sender: str) -> None:
        await turns.take(sender)
        await asyncio.sleep(0)
        had.append(sender)
        turns.give_back()

    async def play() -> None:
        turns = FairTurns(slots)
        await asyncio.gather(*(take(turns, sender) for sender in senders))

    asyncio.run(play())
    return had


def test_who_sends_many_waits_behind_those_who_send_one() -> None:
    assert order_of(["flood"] * 6 + ["a", "b"], 1) == ["flood", "flood", "a", "b", *["flood"] * 4]


def test_one_sender_has_all_turns_where_nobody_else_waits() -> None:
    assert order_of(["a"] * 5, 2) == ["a"] * 5


def test_a_turn_that_is_given_up_goes_to_the_next() -> None:
    async def play() -> list[str]:
        turns, had = FairTurns(1), list[str]()
        await turns.take("first")

        async def take(sender: str) -> None:
            await turns.take(sender)
            had.append(sender)
            turns.give_back()

        leaving, staying = asyncio.create_task(take("leaves")), asyncio.create_task(take("stays"))
        await asyncio.sleep(0)
        leaving.cancel()
        turns.give_back()
        await staying
        await turns.take("later")
        return had

    assert asyncio.run(asyncio.wait_for(play(), 5)) == ["stays"]


def test_a_turn_whose_taker_leaves_at_the_same_instant_is_not_lost() -> None:
    async def play() -> None:
        turns = FairTurns(1)
        await turns.take("first")
        leaving = asyncio.create_task(turns.take("leaves"))
        await asyncio.sleep(0)
        turns.give_back()  # it is hers now
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await turns.take("next")

    asyncio.run(asyncio.wait_for(play(), 5))
