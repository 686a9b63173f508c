// Switches push messages on and off for this browser, on the page "Ik".
"use strict";

(async () => {
  const form = document.getElementById("push-on");
  const devices = [...document.querySelectorAll("[data-endpoint]")];
  if (!form && !devices.length) return;
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const registration = await navigator.serviceWorker.ready;
  const present = await registration.pushManager.getSubscription();

  async function digest(text) {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const here = present ? await digest(present.endpoint) : null;
  const listed = devices.find((device) => device.dataset.endpoint === here);
  if (listed) {
    listed.querySelector("[data-here]").hidden = false;
    listed.querySelector("form").addEventListener("submit", () => present.unsubscribe());
  }
  if (!form || listed) return;
  document.getElementById("push-cannot")?.remove();
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fault = document.getElementById("push-fault");
    fault.hidden = true;
    try {
      if (await Notification.requestPermission() !== "granted") throw new Error("denied");
      // One of another key pair, from before the keys were changed, is of no use any more.
      if (present) await present.unsubscribe();
      const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.key });
      const { endpoint, keys } = made.toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.p256dh.value = keys.p256dh;
      form.elements.auth.value = keys.auth;
      form.submit();
    } catch {
      fault.hidden = false;
    }
  });
})();
