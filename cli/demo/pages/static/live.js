// Keeps what a page shows up to date: fetches the page again, and puts in the parts that have changed.
// Without this script a page refreshes itself as a whole, or has a link to do so.
"use strict";

const every = Number(document.body.dataset.live);
let busy = false;

function atEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 40;
}

// Where the reader was: the part is about to be replaced under their fingers.
function focusIn(part) {
  const focused = document.activeElement;
  if (!part.contains(focused) || focused === part) return null;
  return focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute("href") && `a[href="${CSS.escape(focused.getAttribute("href"))}"]`;
}

function put(part, fresh) {
  if (part.innerHTML === fresh.innerHTML) return;
  const focused = focusIn(part);
  if (part.contains(document.activeElement) && !focused) return;
  const scrolled = [...part.querySelectorAll("[data-scroll]")].map((box) => [box.id, box.scrollTop, atEnd(box)]);
  part.innerHTML = fresh.innerHTML;
  for (const [id, top, end] of scrolled) {
    const box = document.getElementById(id);
    if (box) box.scrollTop = end ? box.scrollHeight : top;
  }
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
}

async function refresh() {
  if (busy || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const fresh = page.getElementById(part.id);
      if (answer.ok && fresh) put(part, fresh);
    }
    document.body.classList.remove("away");
  } catch {
    document.body.classList.add("away"); // the service has gone: what is shown is old
  } finally {
    busy = false;
  }
}

function scrollToEnds() {
  for (const box of document.querySelectorAll("[data-scroll='end']")) box.scrollTop = box.scrollHeight;
}

scrollToEnds();
if (every) setInterval(refresh, every);
