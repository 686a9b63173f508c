// Makes passkeys and logs in with them. The page works without: then with a password.
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  function answer(made) {
    const { id, rawId, type, response } = made;
    const found = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) found[name] = text(response[name]);
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: found, clientExtensionResults: made.getClientExtensionResults() });
  }

  function ready(id, ask) {
    const form = document.getElementById(id);
    if (!form) return;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fault = document.getElementById(`${id}-fault`);
      fault.hidden = true;
      try {
        const asked = await (await fetch(form.dataset.question)).json();
        form.elements.answer.value = answer(await ask(asked));
        form.submit();
      } catch {
        fault.hidden = false;
      }
    });
  }

  ready("passkey-use", (asked) => navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: keys(asked.allowCredentials) },
  }));
  ready("passkey-make", (asked) => navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: keys(asked.excludeCredentials),
    },
  }));

  // "Stay logged in" of the form with the password holds for a passkey too.
  const stay = document.querySelector("form.stack input[name=stay]");
  const chosen = document.querySelector("#passkey-use input[name=stay]");
  if (stay && chosen) {
    const follow = () => { chosen.disabled = !stay.checked; };
    stay.addEventListener("change", follow);
    follow();
  }
})();
