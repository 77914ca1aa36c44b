"""A customer of the reseller: she opens a shared page without an account, and leaves what she would like there."""

import re

import httpx

from demo.people import hold


class Customer:
    """Somebody who was sent a page. Her cookies are her own, as on her telephone."""

    def __init__(self, name: str) -> None:
        self._name = name

    def wait_for(self, page: str, *, style_id: int, item_id: int, address: str) -> None:
        """Say on a shared page that she would like a size that is sold out (到货告诉我)."""
        with httpx.Client(timeout=60) as browser:
            form = browser.get(page, params={"style": style_id, "wait": item_id}).raise_for_status().text
            hold(f'name="wait" value="{item_id}"' in form, "the page offers to wait for a size that is sold out")
            sent = {
                "csrfmiddlewaretoken": _hidden(form, "csrfmiddlewaretoken"),
                "key": _hidden(form, "key"),
                "style": style_id,
                "wait": item_id,
                f"units-{item_id}": 1,
                "name": self._name,
                "address": address,
            }
            # As browsers send it with a form; over https nothing else shows where the form came from.
            origin = "/".join(page.split("/")[:3])
            answer = browser.post(page, data=sent, headers={"Origin": origin})
            hold(answer.status_code == 302, f"{self._name} gets a page of her own, not {answer.status_code}")


def _hidden(form: str, name: str) -> str:
    """The value of a hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', form)
    hold(found, f"the form has a field {name}")
    return found[1] if found else ""
