// Photos in forms: <input type="file" data-photos="#place"> shows what was chosen, and makes large ones small before they are sent.
{
  const MAX_SIDE = 1600;
  const SMALL_ENOUGH = 400 * 1024;

  // A phone's photo has five megabytes; of 1600 pixels it has a tenth of that. What cannot be read here is sent as it is: the server says.
  const smaller = async (file) => {
    if (file.size <= SMALL_ENOUGH || !file.type.startsWith("image/")) return file;
    try {
      const picture = await createImageBitmap(file);
      const factor = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * factor);
      canvas.height = Math.round(picture.height * factor);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
    } catch {
      return file;
    }
  };

  const show = (input) => {
    const place = document.querySelector(input.dataset.photos);
    if (!place) return;
    place.querySelectorAll("img").forEach((each) => URL.revokeObjectURL(each.src));
    place.textContent = "";
    place.append(
      ...[...input.files].map((file) => {
        const picture = document.createElement("img");
        picture.src = URL.createObjectURL(file);
        picture.alt = file.name;
        return picture;
      }),
    );
  };

  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.dataset.photos || !input.files) return;
    // The form waits: it would send the large files.
    const button = input.form.querySelector("button:not([type=button])");
    button.disabled = true;
    try {
      const chosen = new DataTransfer();
      for (const file of await Promise.all([...input.files].map(smaller))) chosen.items.add(file);
      input.files = chosen.files;
      show(input);
    } finally {
      button.disabled = false;
    }
  });
}
