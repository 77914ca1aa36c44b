"""What the pages of transfers and bank statements need to be seen: for the sample data and for the tests of the desk."""

import io
from datetime import datetime

from PIL import Image

from accounts.rules import Actor
from bank_statements.rules import CodeOwner, Owner, transfer_code
from bank_statements.selectors.lines import list_lines
from bank_statements.services import claims, uploads
from bank_statements.services.claims import ClaimFields
from kernel.period import SHANGHAI
from tests.bank_statements.statements import statement


def make_bank_statements(
    *, finance: Actor, reseller: Actor, reseller_id: int, now: datetime, payer: str, fee: str
) -> dict[str, int]:
    """A registered transfer, a statement with a line that nobody decided, and the preview of another; the ids of their pages."""
    receipt = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(receipt, "PNG")
    receipt.seek(0)
    fields = ClaimFields(45_00, now.astimezone(SHANGHAI).date(), payer, "0128")
    made = claims.make_claim(actor=reseller, fields=fields, receipt=receipt, now=now)
    code = transfer_code(CodeOwner(Owner.RESELLER, reseller_id))

    def upload(*lines: dict[str, object]) -> int:
        return uploads.upload_statement(actor=finance, filename="CMB.xlsx", chunks=[statement(*lines)], now=now).id

    stored = upload({"fen": 12_00, "name": payer, "ref": "STATEMENT-1"})
    uploads.commit_upload(actor=finance, upload_id=stored, ticked={}, now=now)
    preview = upload(
        {"fen": 90_00, "name": payer, "remark": code, "ref": "STATEMENT-2"},
        {"fen": -6_00, "remark": fee, "ref": "STATEMENT-3"},
    )
    return {
        "transfer_claim_id": made.id,
        "bank_statement_id": preview,
        "statement_line_id": list_lines().items[0].id,
    }
