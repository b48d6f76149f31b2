// Passkeys: asks the device, and sends its answer with the form around the button. The rest of the pages needs no script.
"use strict";

function toBytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function withBytes(key) {
  return { ...key, id: toBytes(key.id) };
}

async function made(options) {
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  options.excludeCredentials = (options.excludeCredentials || []).map(withBytes);
  const key = await navigator.credentials.create({ publicKey: options });
  const { clientDataJSON, attestationObject } = key.response;
  return answer(key, { clientDataJSON, attestationObject });
}

async function shown(options) {
  options.challenge = toBytes(options.challenge);
  options.allowCredentials = (options.allowCredentials || []).map(withBytes);
  const key = await navigator.credentials.get({ publicKey: options });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return answer(key, { clientDataJSON, authenticatorData, signature, userHandle });
}

function answer(key, parts) {
  const filled = Object.entries(parts).filter(([, part]) => part);
  const response = Object.fromEntries(filled.map(([name, part]) => [name, toText(part)]));
  return { id: key.id, rawId: toText(key.rawId), type: key.type, response, clientExtensionResults: {} };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const failure = form.querySelector("[data-passkey-failure]");
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failure.hidden = true;
    const ask = form.dataset.passkey === "create" ? made : shown;
    try {
      form.elements.credential.value = JSON.stringify(await ask(JSON.parse(form.dataset.options)));
    } catch {
      failure.hidden = false; // refused, or taken too long: the reader may try again
      return;
    }
    form.submit();
  });
}
