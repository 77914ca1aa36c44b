"""The cells to mark, and the summary for the first sheet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from imports import reasons
from imports.readings import AnyReading
from imports.report import Fault, FaultWithText, Tone

FILLS: Final[dict[Tone, str]] = {"wrong": "FFC7CE", "partly": "FFEB9C", "done": "C6EFCE"}
"""The colour of a marked place, as RGB."""
_TONES: Final[tuple[Tone, ...]] = ("wrong", "partly", "done")


@dataclass(slots=True)
class Annotation:
    """One cell to be filled and commented. `col` None marks the line at its first cell."""

    sheet: str | None
    row: int
    col: str | None
    faults: list[Fault] = field(default_factory=list)

    @property
    def tone(self) -> Tone:
        """The worst of what is said of the cell."""
        tones = {fault.tone if isinstance(fault, FaultWithText) else "wrong" for fault in self.faults}
        return next((tone for tone in _TONES if tone in tones), "wrong")

    def text(self) -> str:
        """The comment: for each fault its code, what is wrong and how to mend it, in both languages."""
        return "\n\n".join(
            f"[{fault.code}]\n{fault.message_zh}{fault.hint_zh}\n{fault.message_en} {fault.hint_en}"
            for fault in self.faults
        )


def by_sheet(annotations: list[Annotation]) -> dict[str | None, list[Annotation]]:
    """The annotations of each sheet."""
    sheets: dict[str | None, list[Annotation]] = defaultdict(list)
    for one in annotations:
        sheets[one.sheet].append(one)
    return dict(sheets)


def summary(reading: AnyReading, annotations: list[Annotation], opening: Sequence[str] = ()) -> list[list[str]]:
    """The lines of the first sheet: how many, of what kind, and where each is. `opening`: what stands above instead of the usual."""
    lines = [
        *([text] for text in opening or _usual_opening(reading)),
        [],
        ["代码 Code", "处 Places", "含义 What it is", "如何修改 How to mend"],
    ]
    counted = Counter(fault.code for one in annotations for fault in one.faults)
    # A fault may come from the caller's own catalogue and bring its own words.
    first = {fault.code: fault for one in reversed(annotations) for fault in reversed(one.faults)}
    for code, count in counted.most_common():
        lines.append([code, str(count), code_title(code) or first[code].message_zh, first[code].hint])
    lines += [[], ["位置 Place", "代码 Code", "内容 Content", "问题 Problem"]]
    for one in annotations[:5000]:
        place = f"{one.sheet or ''}!{one.col or ''}{one.row}"
        lines += [[place, fault.code, fault.value or "", fault.message] for fault in one.faults]
    return lines


def _usual_opening(reading: AnyReading) -> Sequence[str]:
    return (
        "尾仓 · 上传检查结果 Upload check",
        reading.message_zh,
        reading.message_en,
        "修改标红的单元格后，请直接上传本文件。 Mend the cells marked red and upload this file again.",
    )


def code_title(code: str) -> str:
    """The reason without a particular value; empty for a code that is not the reader's."""
    return reasons.message(code, "zh", "…", ("…", "…", "…")) if reasons.is_known(code) else ""
