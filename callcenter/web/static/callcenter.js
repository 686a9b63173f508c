// Refreshes the open page: fetches it again and replaces its live parts. Every page works without this file.
"use strict";

const every = Number(document.body.dataset.every || 0) * 1000;

function busy(part) {
  const active = document.activeElement;
  if (active && active !== document.body && part.contains(active) && active.matches("input, select, textarea")) return true;
  if (part.querySelector("[data-touched]")) return true;
  return [...part.querySelectorAll("audio")].some((audio) => !audio.paused);
}

function replace(part, fresh) {
  const opened = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  const scrolled = [...part.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...fresh.childNodes);
  opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  part.querySelectorAll(".scroll").forEach((box, i) => scrolled[i] && box.scrollTo(...scrolled[i]));
  if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh && !busy(part)) replace(part, fresh);
    }
    arrived = Date.now();
    age();
  } catch {
    // Offline, or the server restarts: the page stays as it is, and the age that it shows grows.
  }
}

let arrived = Date.now();

function age() {
  for (const note of document.querySelectorAll("[data-fresh]")) {
    note.textContent = note.dataset.words.replace("%s", Math.round((Date.now() - arrived) / 1000));
  }
}

document.addEventListener("input", (event) => {
  if (event.target.closest("[data-live]")) event.target.setAttribute("data-touched", "");
});

for (const box of document.querySelectorAll("[data-all]")) {
  box.hidden = false;
  box.addEventListener("change", () => {
    document.querySelectorAll(`input[name="${box.dataset.all}"]`).forEach((one) => { one.checked = box.checked; });
  });
}

document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

if (every) {
  age();
  setInterval(age, 1000);
  setInterval(refresh, every);
  document.addEventListener("visibilitychange", refresh);
}
