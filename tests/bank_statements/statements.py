"""A bank statement in the layout of CMB, with lines that a test names."""

from tests.imports.bank_statements import HEADING, TITLE, workbook

ACCOUNT = "1202020409900123456"


def statement(*lines: dict[str, object], opening_fen: int = 0) -> bytes:
    """Each line: `fen` (below zero for money that went), and where given `ref`, `name`, `number`, `remark`, `day`."""
    rows, balance = [], opening_fen
    for number, line in enumerate(lines, start=1):
        fen = int(str(line["fen"]))
        balance += fen
        outgo, income = ("", f"{fen / 100:.2f}") if fen > 0 else (f"{-fen / 100:.2f}", "")
        day = line.get("day", "20261122")
        rows.append(
            [day, "10:00:00", day, "转账", outgo, income, f"{balance / 100:.2f}", line.get("remark", ""),
             line.get("ref", f"C{number}"), line.get("name", ""), line.get("number", "")]
        )  # fmt: skip
    return workbook([*TITLE["cmb"], HEADING["cmb"], *rows])
