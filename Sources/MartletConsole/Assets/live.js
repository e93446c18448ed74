// Keeps an open page as the host is. The event stream says what changed; each part of the page that shows it is asked for again.
import { morph } from "./morph.js";

const soon = 80;
const waiting = new Map();
let connected = null;

/** Asks for the part of this page with that id, and makes what is there like it. */
export async function refresh(id, url = location.href) {
  const answer = await fetch(url, { headers: { "Martlet-Fragment": id, "Martlet-Script": "1" } });
  if (answer.status === 401) return ended();
  const old = document.getElementById(id);
  if (answer.status === 404) return gone(id);
  if (!answer.ok || !old) return;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  const fresh = holder.content.firstElementChild;
  if (fresh) morph(old, fresh);
  document.dispatchEvent(new CustomEvent("martlet:fresh", { detail: id }));
}

function gone(id) {
  const row = document.getElementById(id);
  const list = row?.closest("[data-rows]");
  if (list && list.id !== id) refreshSoon(list.id);
}

/** Several changes at once are one request, and what changes while one is under way is asked for after it. */
export function refreshSoon(id) {
  const state = waiting.get(id);
  if (state) {
    state.isStale = state.isAsking;
    return;
  }
  waiting.set(id, { isAsking: false, isStale: false });
  setTimeout(async () => {
    const state = waiting.get(id);
    state.isAsking = true;
    try {
      await refresh(id);
    } catch {
      // The host doesn't answer: the stream's own retry tells when it does.
    }
    waiting.delete(id);
    if (state.isStale) refreshSoon(id);
  }, soon);
}

function changed({ noun, verb, subjects }) {
  for (const part of document.querySelectorAll("[data-live]")) {
    if (!part.dataset.live.split(" ").includes(noun)) continue;
    const only = part.dataset.subject;
    if (only && !subjects.includes(only)) continue;
    const row = part.dataset.rows ? document.getElementById(part.dataset.rows + subjects[0]) : null;
    refreshSoon(row && verb === "changed" ? row.id : part.id);
  }
}

function refreshAll() {
  for (const part of document.querySelectorAll("[data-live]")) refreshSoon(part.id);
}

function say(text, link) {
  let bar = document.getElementById("connection");
  if (!text) return bar?.remove();
  if (!bar) {
    bar = document.createElement("p");
    bar.id = "connection";
    bar.setAttribute("role", "status");
    document.body.append(bar);
  }
  bar.textContent = text;
  if (link) {
    const a = document.createElement("a");
    a.href = link;
    a.textContent = "Sign in";
    bar.append(" ", a);
  }
}

function ended() {
  connected?.close();
  const here = encodeURIComponent(location.pathname + location.search);
  say("Your session has ended.", `/sign-in?next=${here}`);
}

/** Follows the host; comes back by itself when the host does. */
export function follow(url) {
  const stream = new EventSource(url);
  connected = stream;
  let wasLost = false;
  stream.addEventListener("open", () => {
    say(null);
    document.documentElement.dataset.live = "yes";
    // What happened meanwhile was missed.
    if (wasLost) refreshAll();
    wasLost = false;
  });
  stream.addEventListener("change", (event) => changed(JSON.parse(event.data)));
  stream.onerror = async () => {
    document.documentElement.dataset.live = "no";
    if (!wasLost) say("The host does not answer. Trying again…");
    wasLost = true;
    // A refusal closes the stream for good: it is either the session's end or a host that isn't ready.
    if (stream.readyState !== EventSource.CLOSED) return;
    try {
      const answer = await fetch(location.href, { headers: { "Martlet-Fragment": "host", "Martlet-Script": "1" } });
      if (answer.status === 401) return ended();
    } catch {
      // It will be asked again.
    }
    setTimeout(() => follow(url), 1000);
  };
}

/** Figures change without an event. */
export function poll() {
  setInterval(() => {
    if (document.hidden || document.documentElement.dataset.live !== "yes") return;
    const now = Date.now();
    for (const part of document.querySelectorAll("[data-poll]")) {
      const due = Number(part.polled ?? loaded) + Number(part.dataset.poll) * 1000;
      if (now < due) continue;
      part.polled = now;
      refreshSoon(part.id);
    }
  }, 1000);
}

const loaded = Date.now();
