"""What is tapped is large enough for a finger: 44 px high and wide, and no part of it lies under the next target."""

from playwright.sync_api import Page

MIN_PIXELS = 44
MAX_SHARED_PIXELS = 4
"""So far the areas of two targets may run into each other."""

# Exempt is a link in the middle of a sentence: an inline link whose block has words of its own beside it.
# A box or a radio button is tapped on the label that names it, and a field on the frame around it.
# Bars that stay in sight lie over what is scrolled below them; their targets are not compared with those of the page.
# After a change of the width some controls reach their height only with the next frame.
SCRIPT = f"""() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => {{
  const MIN = {MIN_PIXELS} - 0.5;
  const TAPPED = 'a[href], button, summary, select, textarea, [role=button], input:not([type=hidden])';
  const style = (each) => getComputedStyle(each);
  const is_inline = (each) => style(each).display === 'inline';
  const block_of = (each) => {{ let at = each.parentElement; while (at && is_inline(at)) at = at.parentElement; return at; }};
  const own_words = (each) => {{
    if (each.nodeType === Node.TEXT_NODE) return each.data.trim();
    if (each.nodeType !== Node.ELEMENT_NODE || each.matches(TAPPED) || !each.getClientRects().length) return '';
    return [...each.childNodes].map(own_words).join('');
  }};
  const in_text = (each) => each.matches('a') && is_inline(each) && own_words(block_of(each)).length > 1;
  const area = (each) => {{
    const labels = [each.closest('label'), ...(each.matches('[type=checkbox], [type=radio]') ? each.labels : [])];
    const boxes = [each, ...labels].filter(Boolean).map((one) => one.getBoundingClientRect());
    return boxes.reduce((a, b) => (b.height > a.height ? b : a));
  }};
  const is_over = (each) => {{
    for (let at = each; at; at = at.parentElement) if (['fixed', 'sticky', 'absolute'].includes(style(at).position)) return true;
    return false;
  }};
  const is_shown = (each) => each.getClientRects().length && each.checkVisibility({{visibilityProperty: true}});
  const named = (each) => each.outerHTML.replace(/\\s+/g, ' ').slice(0, 100);
  const all = [...document.querySelectorAll(TAPPED)].filter((each) => is_shown(each) && !in_text(each));
  const boxes = all.map((each) => ({{each, box: area(each), over: is_over(each)}}));
  const small = boxes.filter(({{box}}) => box.height < MIN || box.width < MIN)
    .map(({{each, box}}) => `${{Math.round(box.width)}} × ${{Math.round(box.height)}} ${{named(each)}}`);
  const shared = [];
  const flat = boxes.filter(({{over}}) => !over);
  flat.forEach(({{each: a, box: one}}, at) => flat.slice(at + 1).forEach(({{each: b, box: two}}) => {{
    const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
    const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
    if (Math.min(wide, high) <= {MAX_SHARED_PIXELS} || a.contains(b) || b.contains(a)) return;
    if (a.closest('label') && a.closest('label') === b.closest('label')) return;
    shared.push(`${{Math.round(wide)}} × ${{Math.round(high)}} shared by ${{named(a)}} and ${{named(b)}}`);
  }}));
  return [...small, ...shared];
}})"""


def find_untouchable(page: Page) -> list[str]:
    """Whatever is too small to be tapped on the page, or shares its area with another target; the page has the width of a phone."""
    found: list[str] = page.evaluate(SCRIPT)
    return found
