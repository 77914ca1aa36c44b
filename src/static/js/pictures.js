// <button data-save-pictures="#list"> keeps the pictures of a list in their order: in the album of a phone, through its share sheet, else
// as one download after another. Without this script the button sends its form, which answers with the archive.
{
  const BETWEEN_DOWNLOADS = 300;
  const ready = new WeakMap();

  const pictureOf = async (link) => {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const name = link.pathname.split("/").pop();
    return new File([await answer.blob()], name, { type: "image/jpeg" });
  };

  const pause = () => new Promise((done) => setTimeout(done, BETWEEN_DOWNLOADS));

  const download = async (files) => {
    for (const file of files) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = file.name;
      link.click();
      await pause();
      URL.revokeObjectURL(link.href);
    }
  };

  const say = (button, words) => {
    button.querySelector("[data-words]").textContent = words;
  };

  const keep = async (button) => {
    if (navigator.userAgent.includes("MicroMessenger")) {
      // WeChat has no share sheet for files, and drops downloads without a word.
      say(button, button.dataset.hold);
      return;
    }
    const links = document.querySelectorAll(`${button.dataset.savePictures} a[href]`);
    const files = ready.get(button) || (await Promise.all([...links].map(pictureOf)));
    if (navigator.canShare && navigator.canShare({ files })) {
      try {
        await navigator.share({ files });
      } catch (problem) {
        // To fetch them took longer than a browser lets a tap count; they are here now, and the next tap is quick enough.
        if (problem.name === "NotAllowedError") {
          ready.set(button, files);
          say(button, button.dataset.again);
        }
        return;
      }
    } else {
      await download(files);
    }
    // The answer would be the archive, which nobody wants now.
    await fetch(button.form.action, { method: "POST", body: new FormData(button.form), redirect: "manual" });
    say(button, button.dataset.done);
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-save-pictures]");
    if (!button) return;
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      await keep(button);
    } catch {
      document.dispatchEvent(new Event("htmx:sendError"));
    } finally {
      button.disabled = false;
    }
  });
}
