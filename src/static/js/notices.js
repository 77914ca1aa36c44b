// Notices: dismissed by a tap; good news leaves by itself, trouble stays. A dead network is said aloud.
{
  const STAY = 5000;
  const box = () => document.getElementById("notices");

  const seen = new WeakSet();
  const watch = () => {
    for (const notice of box().querySelectorAll(".note")) {
      if (seen.has(notice)) continue;
      seen.add(notice);
      if (!notice.matches(".error, .warning")) setTimeout(() => notice.remove(), STAY);
    }
  };

  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest("[data-notice]")?.remove();
  });

  const trouble = () => {
    const notice = document.createElement("div");
    notice.className = "note error pointer-events-auto";
    notice.setAttribute("role", "alert");
    notice.textContent = document.body.dataset.trouble;
    box().replaceChildren(notice);
    setTimeout(() => notice.remove(), STAY);
  };
  document.addEventListener("htmx:sendError", trouble);
  document.addEventListener("htmx:timeout", trouble);

  new MutationObserver(watch).observe(box(), { childList: true, subtree: true });
  watch();
}
