// The search over everything: Ctrl-K (on Apple ⌘K), or the search sign, opens a window that finds while one types.
// Without this file the sign leads to the page of the search, which shows the same.
"use strict";

(() => {
  const finder = document.getElementById("finder");
  if (!finder || !finder.showModal) return;
  const input = finder.querySelector("input[name=q]");
  const list = document.getElementById("finder-list");
  const said = finder.querySelector("[role=status]");
  const apple = /Mac|iP(hone|ad|od)/.test(navigator.platform);
  const PAUSE_MS = 120;
  let from = null; // what had the focus
  let waiting = 0;
  let asking = null;
  let shownFor = null; // the text that the list answers
  let active = null;

  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(option) {
    active?.setAttribute("aria-selected", "false");
    active = option;
    if (!active) return input.removeAttribute("aria-activedescendant");
    active.setAttribute("aria-selected", "true");
    active.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", active.id);
  }

  // The list of the page becomes one of options: each kind is a group, named by its heading.
  function asOptions(found) {
    found.querySelectorAll("section").forEach((group, i) => {
      const heading = group.querySelector("h2");
      heading.id = `finder-kind-${i}`;
      heading.setAttribute("role", "presentation");
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", heading.id);
    });
    found.querySelectorAll("ul, li").forEach((one) => one.setAttribute("role", "none"));
    found.querySelectorAll("a").forEach((one, i) => {
      one.id = `finder-option-${i}`;
      one.tabIndex = -1;
      one.setAttribute("role", "option");
      one.setAttribute("aria-selected", "false");
    });
  }

  function show(found, text) {
    asOptions(found);
    const any = found.querySelector("[role=option]") !== null;
    said.textContent = any ? found.dataset.said : found.textContent.trim();
    said.classList.toggle("visually-hidden", any);
    list.replaceChildren(...(any ? found.childNodes : []));
    list.scrollTop = 0;
    shownFor = text;
    input.setAttribute("aria-expanded", String(any));
    // With nothing typed Enter opens nothing.
    choose(text ? options()[0] : null);
  }

  async function ask() {
    const text = input.value.trim();
    asking?.abort();
    asking = new AbortController();
    try {
      const body = new URLSearchParams({ q: text, csrf_token: finder.dataset.token });
      const answer = await fetch(finder.dataset.address, { method: "POST", body, redirect: "error", signal: asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (input.value.trim() === text) show(page.querySelector(".found"), text);
    } catch (fault) {
      if (fault.name === "AbortError") return;
      list.replaceChildren();
      choose(null);
      shownFor = null;
      input.setAttribute("aria-expanded", "false");
      said.textContent = finder.dataset.lost;
      said.classList.remove("visually-hidden");
    }
  }

  function open() {
    if (document.querySelector("dialog[open]")) return;
    from = document.activeElement;
    finder.showModal();
    input.focus();
    input.select();
    if (shownFor !== input.value.trim()) ask();
  }

  // The browser gives the focus back; a live page may have replaced what had it.
  finder.addEventListener("close", () => {
    clearTimeout(waiting);
    if (from?.isConnected) from.focus();
    else document.querySelector("[data-finder]")?.focus();
  });
  finder.addEventListener("click", (event) => {
    if (event.target === finder || event.target.closest("[data-close]")) finder.close();
  });
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const all = options();
      const at = all.indexOf(active);
      const next = event.key === "ArrowDown" ? at + 1 : (at < 0 ? all.length : at) - 1;
      if (all.length) choose(all[(next + all.length) % all.length]);
    } else if (event.key === "Enter" && !input.value.trim() && !active) {
      event.preventDefault();
    } else if (event.key === "Enter" && active && shownFor === input.value.trim()) {
      event.preventDefault();
      active.click();
    }
    // Else Enter sends the form: the page shows what the window does not show yet.
  });
  // A link to a place of the page that is open does not load another one.
  list.addEventListener("click", (event) => {
    if (event.target.closest("[role=option]")) finder.close();
  });

  document.addEventListener("keydown", (event) => {
    const held = apple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (!held || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (finder.open) finder.close();
    else open();
  });
  for (const sign of document.querySelectorAll("[data-finder]")) {
    sign.title += apple ? " (⌘K)" : " (Ctrl-K)";
    sign.setAttribute("aria-keyshortcuts", apple ? "Meta+K" : "Control+K");
    sign.setAttribute("aria-haspopup", "dialog");
    sign.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab
      event.preventDefault();
      open();
    });
  }
})();
