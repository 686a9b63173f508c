// Small conveniences. Every page works without this file. morph.js and live.js keep pages up to date.
"use strict";

for (const box of document.querySelectorAll("[data-all]")) {
  box.hidden = false;
  box.addEventListener("change", () => {
    document.querySelectorAll(`input[name="${box.dataset.all}"]`).forEach((one) => { one.checked = box.checked; });
  });
}

document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
