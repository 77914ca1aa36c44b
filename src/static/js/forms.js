// Helps for forms: a stepper for numbers, one submit per form, sending on change, how far an upload is, copying.
{
  const bounded = (input, value) => Math.min(Math.max(value, Number(input.min || 0)), Number(input.max || Infinity));

  const step = (button) => {
    const input = button.closest("[data-stepper]").querySelector("input");
    const value = bounded(input, (Number(input.value) || 0) + Number(button.dataset.step));
    if (String(value) === input.value) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const putOnClipboard = async (words) => {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      // Without a secure context there is no clipboard interface; the old way may still work, and says whether it did.
      const area = document.createElement("textarea");
      area.value = words;
      area.readOnly = true;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  const isCopyText = (element) => element !== null && element.matches("[data-copy-text]");

  // The words to copy, where a long press finds them: where they stand on the page, else below the button.
  const placeOf = (button, words) => {
    if (button.dataset.copyFrom) return document.querySelector(button.dataset.copyFrom);
    if (!isCopyText(button.nextElementSibling)) {
      const place = document.createElement("span");
      place.dataset.copyText = "";
      place.className = "note warning mt-2 break-all text-sm";
      button.after(place);
    }
    button.nextElementSibling.textContent = words;
    return button.nextElementSibling;
  };

  const sayFailed = (button) => {
    if (button.dataset.said) return;
    const label = [...button.childNodes];
    button.dataset.said = "failed";
    button.setAttribute("aria-live", "polite");
    button.textContent = document.body.dataset.copyFailed;
    setTimeout(() => {
      button.textContent = "";
      button.append(...label);
      delete button.dataset.said;
    }, 6000);
  };

  const copy = async (button) => {
    const words = button.dataset.copy || document.querySelector(button.dataset.copyFrom).textContent.trim();
    if (!(await putOnClipboard(words))) {
      select(placeOf(button, words));
      sayFailed(button);
      return;
    }
    if (isCopyText(button.nextElementSibling)) button.nextElementSibling.remove();
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 2000);
  };

  document.addEventListener("click", (event) => {
    const stepButton = event.target.closest("[data-step]");
    if (stepButton) step(stepButton);
    const copyButton = event.target.closest("[data-copy], [data-copy-from]");
    if (copyButton) copy(copyButton);
    const fill = event.target.closest("[data-fill]");
    if (fill) {
      const input = document.querySelector(fill.dataset.fill);
      input.value = fill.dataset.with;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.dataset.maxUnits) {
      // What she may take hangs on the size. Her number stays: one that is too high stops the form, and is never made another.
      const input = field.form.querySelector("[data-stepper] input");
      if (input) input.max = Math.max(1, Number(field.dataset.maxUnits));
    }
    if (field.dataset.ticks) {
      field.form.querySelectorAll(`[name="${field.dataset.ticks}"]`).forEach((box) => (box.checked = field.checked));
    }
    const form = field.form;
    // A form whose file is still to be chosen waits for it.
    if (form && form.hasAttribute("data-submit-on-change") && form.checkValidity()) form.requestSubmit();
  });

  // Impatient thumbs: a second tap sends nothing. The server has its own key; this only spares a refusal.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    form.querySelectorAll("button:not([type=button])").forEach((button) => button.classList.add("sending"));
  });
  window.addEventListener("pageshow", (event) => {
    // A page that comes back as it was holds the key of a form that was sent, and what was left then.
    if (event.persisted && document.querySelector("[data-fresh]")) return location.reload();
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
      form.querySelectorAll(".sending").forEach((button) => button.classList.remove("sending"));
    });
  });

  // <form hx-post … hx-encoding="multipart/form-data"> with a <progress data-sending> inside.
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target instanceof Element && event.target.querySelector("progress[data-sending]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.max = event.detail.total;
    bar.value = event.detail.loaded;
  });
}
