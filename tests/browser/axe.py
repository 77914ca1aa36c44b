"""axe on one page after the other, which looks at the contrast of each kind of text once.

The contrast of colours takes three quarters of the time of axe, and most of what a page shows looks like what an earlier page showed.
So axe is told to leave out texts of a look that was found good: the same tags, classes, colours, backgrounds, sizes and weights from the
text up to the page itself. What axe could not decide, or found too faint, stays to be looked at. All other rules look at all of each page.
"""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Everything that axe knows, best practices included. Of violations only: what it cannot decide is no finding. Before it begins it would
# fetch the stylesheets again, for experimental rules, and media, for a rule about those that play by themselves.
RUN = r"""(known_looks) => {
  const FIELDS = 'input:not([type=hidden]), select, textarea';
  const known = new Set(known_looks), looks = new Map(), looked_at = new Map();
  const hash = (text) => {  // cyrb53
    let one = 0xdeadbeef, two = 0x41c6ce57;
    for (let at = 0; at < text.length; at++) {
      one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
      two = Math.imul(two ^ text.charCodeAt(at), 1597334677);
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
    two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
    return 4294967296 * (2097151 & two) + (one >>> 0);
  };
  const is_off = (each) => each.matches(':disabled, [aria-disabled=true]') || Boolean(each.matches('label') && each.control?.disabled);
  const look = (each) => {
    if (!each) return '';
    if (!looks.has(each)) {
      const style = getComputedStyle(each);
      const own = [
        each.tagName, each.getAttribute('class'), is_off(each), style.color, style.backgroundColor, style.backgroundImage, style.opacity,
        style.position, style.fontSize, style.fontWeight, style.textShadow, style.filter, style.mixBlendMode,
      ];
      looks.set(each, hash(`${own.join('|')} in ${look(each.parentElement)}`));
    }
    return looks.get(each);
  };
  const says = (each) => [...each.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
  for (const each of document.querySelectorAll('body *')) {
    if (!(each.matches(FIELDS) || says(each)) || !each.checkVisibility({visibilityProperty: true})) continue;
    if (known.has(look(each))) continue;
    looked_at.set(each, look(each));
    each.setAttribute('data-new-look', '');
  }
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-new-look]'}]});
  const options = {
    resultTypes: ['violations', 'incomplete'], elementRef: true, preload: document.querySelector('audio, video') !== null,
  };
  return axe.run(document, options).then(({violations, incomplete}) => {
    for (const rule of [...violations, ...incomplete]) {
      if (rule.id === 'color-contrast') rule.nodes.forEach(({element}) => looked_at.delete(element));
    }
    const told = ({id, nodes}) => `${id} (${nodes.length}) ${nodes[0].html.slice(0, 150)} ${nodes[0].any[0]?.message ?? ''}`;
    return {violations: violations.map(told), good_looks: [...new Set(looked_at.values())]};
  });
}"""


class Axe:
    """axe for the pages that one window opens."""

    def __init__(self, page: Page) -> None:
        page.add_init_script(AXE_SCRIPT)
        self.page = page
        self.good_looks: set[int] = set()

    def violations(self) -> list[str]:
        """What axe finds on the page that is open."""
        found: dict[str, Any] = self.page.evaluate(RUN, list(self.good_looks))
        self.good_looks |= set(found["good_looks"])
        return list(found["violations"])
