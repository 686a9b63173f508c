// Keeps the open page up to date, and says so when that fails: no connection, logged out, or the page is gone.
// It asks the server every few seconds with the stamp of what it shows; mostly the answer is that nothing changed.
import { morph } from "./morph.js";

const page = document.body.dataset;
const EVERY_MS = Math.min(Number(page.every || 5), 5) * 1000;
const HIDDEN_MS = 15000;
const ANSWER_WITHIN_MS = 6000;
// Ten seconds without a word are said within fifteen, also when the last request was still waiting for its answer.
const LOST_AFTER_S = 10;
const RELOAD_AT_MOST_EVERY_MS = 600000;
const REASONS = { 401: "login", 403: "forbidden", 404: "gone", 410: "gone" };

const lost = document.getElementById("lost");
const said = document.getElementById("said");
let heardAt = now();
let freshAt = heardAt;
let ahead = Date.parse(page.now) - Date.now();
let reason = "";
let waits = page.waits || "";
const title = document.title;
let under = null;
let timer = 0;
let pressed = false;
let held = null;

// Two clocks: one goes on while the machine sleeps, the other does not follow a clock that is set.
function now() {
  return { wall: Date.now(), steady: performance.now() };
}

function secondsSince(at) {
  return Math.max(0, Date.now() - at.wall, performance.now() - at.steady) / 1000;
}

function say(words) {
  if (words) said.textContent = words;
}

function ageInWords(seconds) {
  if (seconds < 100) return lost.dataset.s.replace("%s", Math.floor(seconds));
  if (seconds < 6000) return lost.dataset.min.replace("%s", Math.round(seconds / 60));
  return lost.dataset.h.replace("%s", Math.round(seconds / 3600));
}

function showLost() {
  const why = reason || (secondsSince(heardAt) >= LOST_AFTER_S || secondsSince(freshAt) >= 3 * LOST_AFTER_S ? "connection" : "");
  if (why) {
    const [head, rest] = [lost.querySelector("strong"), lost.querySelector("span")];
    const words = lost.dataset[why];
    if (head.textContent !== words) {
      head.textContent = words;
      say(words);
    }
    rest.textContent = lost.dataset.age.replace("%s", ageInWords(secondsSince(freshAt)));
    const link = lost.querySelector("a");
    if (link) link.hidden = why !== "login";
  } else if (!lost.hidden) {
    lost.querySelector("strong").textContent = "";
    say(lost.dataset.back);
  }
  lost.hidden = !why;
  document.documentElement.classList.toggle("is-lost", Boolean(why));
}

function tick() {
  for (const note of document.querySelectorAll("[data-fresh]")) {
    note.textContent = note.dataset.words.replace("%s", Math.floor(secondsSince(freshAt)));
  }
  for (const watch of document.querySelectorAll("[data-since]")) {
    const s = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(watch.dataset.since)) / 1000));
    const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
    watch.textContent = `${h ? `${h}:${String(m).padStart(2, "0")}` : m}:${String(s % 60).padStart(2, "0")}`;
  }
  showLost();
}

function topmost(parts) {
  return [...parts].filter((part) => !part.parentElement.closest("[data-live]"));
}

// What a screen reader is told: a new caller who waits, and the line that opened or closed. Not every tick.
function tellChanges(fresh) {
  if (Number(fresh.newest || 0) > Number(page.newest || 0)) say(fresh.sayWaiting);
  else if (fresh.line !== undefined && fresh.line !== page.line) say(fresh.sayLine);
}

function apply(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const data = fresh.body.dataset;
  if (!data.stamp) throw new Error("not a page that stays up to date");
  for (const part of topmost(document.querySelectorAll("[data-live]"))) {
    const newer = fresh.getElementById(part.id);
    if (newer) morph(part, newer);
  }
  const token = fresh.querySelector("input[name=csrf_token]");
  if (token) document.querySelectorAll("input[name=csrf_token]").forEach((one) => { one.value = token.value; });
  tellChanges(data);
  for (const name of ["stamp", "now", "newest", "line"]) if (data[name] !== undefined) page[name] = data[name];
  waits = data.waits || "";
  document.title = waits ? `${waits} – ${title}` : title;
  ahead = Date.parse(page.now) - Date.now();
  freshAt = now();
  if (data.build !== page.build) reload();
  document.dispatchEvent(new Event("live"));
}

// After an upgrade the open page has old scripts and styles.
function reload() {
  const last = Number(sessionStorage.getItem("reloaded") || 0);
  if (document.querySelector("[data-touched]") || Date.now() - last < RELOAD_AT_MOST_EVERY_MS) return;
  sessionStorage.setItem("reloaded", Date.now());
  location.reload();
}

async function ask() {
  clearTimeout(timer);
  under?.abort();
  const mine = under = new AbortController();
  const patience = setTimeout(() => mine.abort(), ANSWER_WITHIN_MS);
  try {
    const answer = await fetch(page.head || location.href, {
      headers: { "X-Live": page.stamp }, redirect: "manual", cache: "no-store", signal: mine.signal,
    });
    if (answer.ok) {
      const text = answer.status === 204 ? "" : await answer.text();
      if (mine.signal.aborted) return;
      if (text && pressed) held = text;
      else if (text) apply(text);
      else if (answer.headers.get("X-Live") === "same") freshAt = now();
      heardAt = now();
      reason = "";
    } else {
      reason = answer.type === "opaqueredirect" ? "login" : REASONS[answer.status] || reason;
    }
  } catch (fault) {
    // Offline, or the server restarts: the page stays as it is, and the age that it shows grows.
    if (!(fault instanceof TypeError || fault.name === "AbortError")) console.error(fault);
  } finally {
    clearTimeout(patience);
    if (mine === under) {
      timer = setTimeout(ask, document.hidden ? HIDDEN_MS : EVERY_MS);
      tick();
    }
  }
}

// Nothing moves under a finger or a mouse that is pressed.
addEventListener("pointerdown", () => { pressed = true; });
for (const kind of ["pointerup", "pointercancel"]) {
  addEventListener(kind, () => {
    pressed = false;
    setTimeout(() => {
      if (held) apply(held);
      held = null;
    });
  });
}

if (page.stamp && lost) {
  if (waits) document.title = `${waits} – ${title}`;
  tick();
  setInterval(tick, 1000);
  timer = setTimeout(ask, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  document.addEventListener("resume", ask);
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  addEventListener("online", ask);
}
