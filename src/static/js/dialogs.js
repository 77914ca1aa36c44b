// Dialogs: data-opens="id" opens one, data-closes closes the one around it; data-confirm on a form and hx-confirm ask first.
{
  const ask = (words) =>
    new Promise((answer) => {
      const dialog = document.getElementById("ask");
      document.getElementById("ask-words").textContent = words;
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    // A click on the backdrop is a click on the dialog itself.
    if (event.target instanceof HTMLDialogElement && event.target.id !== "ask") event.target.close();
  });

  // Engines before Chrome 81 do not say which button sent a form.
  let pressed = null;
  document.addEventListener("click", (event) => (pressed = event.target.closest("button")), true);

  // Before anybody else sees the submit, so that neither the browser nor htmx sends what was not confirmed.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const button = event.submitter || (pressed && pressed.form === form ? pressed : undefined);
      const words = (button && button.dataset.confirm) || form.dataset.confirm;
      if (!words || form.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(words).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(button);
        delete form.dataset.confirmed;
      });
    },
    true,
  );

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });
}
