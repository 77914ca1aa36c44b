// A list that is worked through with keys: [data-queue] holds [data-queue-row]s, each with a checkbox, and a bar of bulk actions.
// j and k move, x ticks, o opens; any other key presses the button with that data-key: the bar's where rows are ticked, else the row's.
{
  const PLACE = "queue-place";
  const queue = () => document.querySelector("[data-queue]");
  const rows = () => [...document.querySelectorAll("[data-queue-row]")];
  const box = (row) => row.querySelector("input[type=checkbox]");
  const ticked = () => rows().filter((row) => box(row)?.checked);
  const current = () => document.querySelector("[data-queue-row][aria-current]");

  const choose = (row) => {
    current()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  };

  const move = (by) => {
    const all = rows();
    const at = all.indexOf(current()) + by;
    if (all[at]) choose(all[at]);
  };

  const count = () => {
    const chosen = ticked().length;
    document.querySelectorAll("[data-ticked]").forEach((place) => (place.textContent = chosen));
    document.querySelectorAll("[data-queue-bar]").forEach((bar) => (bar.dataset.count = chosen));
    const all = document.querySelector("[data-tick-all]");
    if (all) all.checked = chosen > 0 && chosen === rows().length;
  };

  // The next list begins where this one was left: the row that takes the place of the one that was decided.
  const remember = () => sessionStorage.setItem(PLACE, String(rows().indexOf(current())));

  const press = (key) => {
    const row = current();
    const own = ticked().length ? null : row?.querySelector(`button[data-key="${key}"]`);
    const shared = queue().querySelector(`[data-queue-bar] [data-key="${key}"]`);
    if (!own && !ticked().length && row && shared) {
      box(row).checked = true;
      count();
    }
    const target = own ?? shared;
    if (!target || target.disabled) return false;
    if (target.dataset.needs && !document.querySelector(target.dataset.needs).value.trim()) {
      document.querySelector(target.dataset.needs).focus();
    } else {
      target.click();
    }
    return true;
  };

  const open = () => {
    const link = current()?.querySelector("a[data-queue-link]");
    if (link) location.assign(link.href);
  };

  const acts = { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), o: open };

  document.addEventListener("keydown", (event) => {
    if (!queue() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const field = event.target;
    if (field.matches("input:not([type=checkbox]), textarea, select")) {
      if (event.key === "Escape") field.blur();
      if (event.key === "Enter" && field.dataset.enter) {
        event.preventDefault();
        document.querySelector(field.dataset.enter).click();
      }
      return;
    }
    if (event.key === "x" && current()) {
      box(current()).checked = !box(current()).checked;
      count();
      return;
    }
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
      return;
    }
    if (event.key.length === 1 && press(event.key)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!queue()) return;
    if (event.target.matches("[data-tick-all]")) {
      rows().forEach((row) => box(row) && (box(row).checked = event.target.checked));
    }
    count();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-queue-row]");
    if (row) choose(row);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.closest("[data-queue]")) remember();
  });

  const begin = () => {
    const all = rows();
    const place = Number(sessionStorage.getItem(PLACE) ?? 0);
    sessionStorage.removeItem(PLACE);
    if (all.length) choose(all[Math.min(Math.max(place, 0), all.length - 1)]);
    count();
  };
  if (queue()) begin();
}
