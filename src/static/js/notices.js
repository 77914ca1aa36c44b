// Notices stand at the top of a page and are dismissed by a tap. A dead network is said aloud below.
{
  const STAY = 5000;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    const notice = button && button.closest("[data-notice]");
    if (notice) notice.remove();
  });

  const trouble = () => {
    const notice = document.createElement("div");
    notice.className = "note error";
    notice.setAttribute("role", "alert");
    notice.textContent = document.body.dataset.trouble;
    const place = document.getElementById("trouble");
    place.textContent = "";
    place.append(notice);
    setTimeout(() => notice.remove(), STAY);
  };
  document.addEventListener("htmx:sendError", trouble);
  document.addEventListener("htmx:timeout", trouble);
}
