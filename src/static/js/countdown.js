// Countdowns that follow the server's clock. A phone's clock may be wrong by minutes, so it only measures how much time has passed.
{
  const SOON = 3600;
  const known = new WeakMap();

  // When the text that is being read came from the server, on the clock of this page, which does not jump when the phone's is set:
  // the first byte of the page itself, later the moment of a swap.
  let written = performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();

  const state = (element) => {
    if (!known.has(element)) {
      const ahead = Number(element.dataset.serverNow) - written;
      known.set(element, { ahead, done: false });
    }
    return known.get(element);
  };

  const two = (number) => String(number).padStart(2, "0");

  const paint = (element, seconds) => {
    const days = Math.floor(seconds / 86400);
    const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two);
    const pieces = [];
    const add = (kind, words) => {
      const piece = document.createElement(kind);
      piece.textContent = words;
      pieces.push(piece);
    };
    if (days) {
      add("b", String(days));
      add("i", element.dataset.days);
    }
    parts.forEach((part, index) => {
      if (index) add("i", ":");
      add("b", part);
    });
    element.replaceChildren(...pieces);
    element.classList.toggle("soon", seconds < SOON);
  };

  const timeUp = (element) => {
    element.dispatchEvent(new CustomEvent("timeup", { bubbles: true }));
    if (element.dataset.then === "reload") {
      // Thousands of phones reach zero together; they come back spread over two seconds.
      setTimeout(() => location.reload(), 300 + Math.random() * 2000);
    }
  };

  const tick = () => {
    for (const element of document.querySelectorAll("[data-until]")) {
      const clock = state(element);
      if (clock.done) continue;
      const left = Number(element.dataset.until) - (performance.now() + clock.ahead);
      paint(element, Math.max(0, Math.ceil(left / 1000)));
      if (left <= 0) {
        clock.done = true;
        timeUp(element);
      }
    }
  };

  tick();
  setInterval(() => {
    written = performance.now();
    tick();
  }, 500);
  document.addEventListener("htmx:afterSwap", () => {
    written = performance.now();
    tick();
  });
  // A page taken from the browser's back cache shows an old server time: ask again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[data-until]")) location.reload();
  });
}
