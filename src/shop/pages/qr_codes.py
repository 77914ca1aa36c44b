"""QR codes as PNG: phones save no SVG among their pictures."""

import io

import segno
from django.http import HttpResponse

QR_SCALE = 12


def png_of(address: str, filename: str) -> HttpResponse:
    """The QR code of an address. Only she who asks may keep it."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=QR_SCALE, border=2)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Disposition": f'inline; filename="{filename}"'}
    return HttpResponse(out.getvalue(), content_type="image/png", headers=headers)
