// What she earns on a piece, while she types its price: [data-cost] names the cost in fen, and data-profit the place of the words.
{
  const fenOf = (typed) => {
    const plain = typed.replace(/[,，\s¥￥元]/g, "");
    if (!/^\d{1,8}(\.\d{1,2})?$/.test(plain)) return 0;
    const [yuan, rest = ""] = plain.split(".");
    return Number(yuan) * 100 + Number(rest.padEnd(2, "0"));
  };

  const yuan = (fen) => `¥${Math.floor(fen / 100).toLocaleString("en-US")}.${String(fen % 100).padStart(2, "0")}`;

  document.addEventListener("input", (event) => {
    const field = event.target;
    const place = field.dataset?.profit && document.getElementById(field.dataset.profit);
    if (!place) return;
    const price = fenOf(field.value);
    const cost = Number(field.dataset.cost);
    const words = document.createElement("span");
    words.className = "figures";
    if (price) {
      const loses = price < cost;
      const amount = Math.abs(price - cost);
      // Rounded half up, as the page does.
      const percent = Math.floor((amount * 200 + price) / (2 * price));
      words.classList.toggle("text-error", loses);
      words.textContent = (loses ? place.dataset.loses : place.dataset.earns)
        .replace("{amount}", yuan(amount))
        .replace("{percent}", String(percent));
    }
    place.replaceChildren(words);
  });
}
