// Shows push messages, and says so when there is no connection. It keeps no page: pages hold names.
"use strict";

const SHELL = "shell-1";
const OFFLINE = "/web/offline.html";
const FILES = [OFFLINE, "/web/offline.css", "/web/offline.js", "/web/icons/192.png"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const others = (names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(others).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const asked = event.request;
  if (asked.method !== "GET") return;
  const path = new URL(asked.url).pathname;
  if (asked.mode === "navigate") event.respondWith(fetch(asked).catch(() => caches.match(OFFLINE)));
  else if (FILES.includes(path)) event.respondWith(fetch(asked).catch(() => caches.match(path)));
});

self.addEventListener("push", (event) => {
  const message = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(message.title || "callcenter", {
    body: message.body || "",
    tag: message.tag,
    icon: "/web/icons/192.png",
    badge: "/web/icons/badge.png",
    data: { path: message.path || "/mijn" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  // Only pages of this site, whatever a message says.
  const target = new URL(event.notification.data.path, self.location.origin);
  if (target.origin !== self.location.origin) return;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((windows) => {
    const open = windows.find((one) => new URL(one.url).pathname.startsWith("/mijn"));
    return open ? open.focus().then((one) => one.navigate(target.href)) : self.clients.openWindow(target.href);
  }));
});
