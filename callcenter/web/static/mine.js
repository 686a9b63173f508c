// Lets the times of the consultant's pages run, and looks more often while a call is followed. All of it works without.
"use strict";

(() => {
  const FOLLOW_MS = 2000;

  function stopwatch(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  }

  // Telephones' clocks differ from the server's: what the server wrote is where a time starts, and our own clock moves it on.
  function seconds(text) {
    const parts = /(\d+:)?\d+:\d\d/.exec(text);
    return parts ? parts[0].split(":").reduce((sum, part) => 60 * sum + Number(part), 0) : null;
  }

  function run() {
    for (const time of document.querySelectorAll("[data-left], [data-since]")) {
      if (!("startedAt" in time.dataset)) {
        time.dataset.startedAt = performance.now();
        time.dataset.startedWith = seconds(time.textContent);
      }
      const passed = (performance.now() - time.dataset.startedAt) / 1000;
      const start = Number(time.dataset.startedWith);
      if (time.dataset.left) time.textContent = time.dataset.left.replace("%s", stopwatch(start - passed));
      else time.textContent = stopwatch(start + passed);
    }
  }

  // The worker shows push messages, and a page of its own without a connection.
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});

  run();
  setInterval(run, 1000);
  setInterval(() => {
    if (document.querySelector("[data-following]") && typeof window.refresh === "function") window.refresh();
  }, FOLLOW_MS);
})();
