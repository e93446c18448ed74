// Makes one element like another while it stays itself: what has focus keeps it, what was ticked, typed, opened or scrolled stays so.

const kept = new Set(["INPUT", "SELECT", "TEXTAREA"]);

function syncAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (name === "open" && (old.tagName === "DETAILS" || old.tagName === "DIALOG")) continue;
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name === "open" && old.tagName === "DETAILS") continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

const key = (node) => (node.nodeType === 1 && node.id ? node.id : null);

function morphChildren(old, fresh) {
  const byKey = new Map();
  for (const child of old.children) if (child.id) byKey.set(child.id, child);
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const id = key(wanted);
    let match = id ? byKey.get(id) : null;
    if (!match && !id && at && !key(at) && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName) match = at;
    if (!match) {
      old.insertBefore(wanted, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    morph(match, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

export function morph(old, fresh) {
  if (old.nodeType === 3) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== 1) return;
  if (old.tagName !== fresh.tagName) {
    old.replaceWith(fresh);
    return;
  }
  // What a person can change is theirs, but for whether they may.
  if (kept.has(old.tagName)) {
    old.disabled = fresh.disabled;
    return;
  }
  if (old.hasAttribute("data-keep")) return;
  syncAttributes(old, fresh);
  morphChildren(old, fresh);
}
