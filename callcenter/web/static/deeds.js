// The undo of a deed leaves after some seconds, and a page with a fault is focused. Every page works without this file.
"use strict";

// The seconds stand still while somebody points at the undo or has reached it by keyboard.
for (const form of document.querySelectorAll("form[data-undo]")) {
  let left = Number(form.dataset.undo);
  const tick = setInterval(() => {
    if (form.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left > 0) return;
    clearInterval(tick);
    form.remove();
  }, 1000);
}

const faults = document.querySelector(".faults");
if (faults) {
  faults.focus();
  // The answer to a refused form has the address of the form's deed: reloading shows its page instead.
  history.replaceState(null, "", faults.dataset.address);
}
