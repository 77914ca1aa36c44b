// Countdowns that follow the server's clock. A phone's clock may be wrong by minutes, so it only measures how much time has passed.
{
  const SOON = 3600;
  const JUMP_MS = 1000;
  const LONG_HIDDEN_MS = 30000;
  const known = new WeakMap();

  // While a phone sleeps, performance.now() may stand still; Date.now() does not. What Date.now() is found to have run ahead since the
  // last look was slept. Where it is behind, somebody has set the phone's clock back, which says nothing about time.
  let slept = 0;
  let apart = Date.now() - performance.now();
  const hasSlept = () => {
    const jump = Date.now() - performance.now() - apart;
    apart += jump;
    if (jump > JUMP_MS) slept += jump;
    return jump > JUMP_MS;
  };
  const elapsed = () => performance.now() + slept;

  // When the text that is being read came from the server, on the clock of this page: the first byte of the page itself, later the moment
  // of a swap.
  const [opened] = performance.getEntriesByType("navigation");
  let written = (opened && opened.responseStart) || performance.now();

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
    element.textContent = "";
    element.append(...pieces);
    element.classList.toggle("soon", seconds < SOON);
  };

  const timeUp = (element) => {
    element.dispatchEvent(new CustomEvent("timeup", { bubbles: true }));
    if (element.dataset.then === "reload") {
      // Thousands of phones reach zero together; they come back spread over two seconds.
      setTimeout(() => location.reload(), 300 + Math.random() * 2000);
    }
  };

  // After a sleep the server is asked, too. Of two clocks that disagree the one that leaves less time counts: the page that is loaded at
  // zero tells what is left, if anything.
  let asking = false;
  const askServer = async () => {
    const element = document.querySelector("[data-until]");
    if (!element || asking) return;
    asking = true;
    try {
      const sent = elapsed();
      const answer = await fetch("/time/", { cache: "no-store" });
      const server = Number(await answer.text());
      const here = (sent + elapsed()) / 2 + state(element).ahead;
      if (answer.ok && server - here > JUMP_MS) {
        slept += server - here;
        tick();
      }
    } catch {
      // No network yet: the phone's own clock has been asked already.
    } finally {
      asking = false;
    }
  };

  const tick = () => {
    if (hasSlept()) askServer();
    for (const element of document.querySelectorAll("[data-until]")) {
      const clock = state(element);
      if (clock.done) continue;
      const left = Number(element.dataset.until) - (elapsed() + clock.ahead);
      paint(element, Math.max(0, Math.ceil(left / 1000)));
      if (left <= 0) {
        clock.done = true;
        timeUp(element);
      }
    }
  };

  tick();
  setInterval(() => {
    written = elapsed();
    tick();
  }, 500);
  document.addEventListener("htmx:afterSwap", () => {
    written = elapsed();
    tick();
  });

  let hiddenAt = null;
  const shownAgain = () => {
    tick();
    if (hiddenAt !== null && elapsed() - hiddenAt > LONG_HIDDEN_MS) askServer();
    hiddenAt = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") hiddenAt = elapsed();
    else shownAgain();
  });
  window.addEventListener("focus", shownAgain);
  // A page taken from the browser's back cache shows an old server time: ask again.
  window.addEventListener("pageshow", (event) => {
    shownAgain();
    if (event.persisted && document.querySelector("[data-until]")) location.reload();
  });
}
