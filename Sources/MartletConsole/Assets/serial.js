// A machine's serial console: what it puts out as it comes, and what is typed into it, in order.
const place = document.getElementById("terminal");
const form = document.getElementById("serial-form");
const Xterm = window.packagedModules ? load("public/Terminal").Terminal : null;
const shown = makeTerminal();

/** A CommonJS module of those that the terminal's package brings. */
function load(name) {
  load.loaded ??= new Map();
  if (load.loaded.has(name)) return load.loaded.get(name).exports;
  const module = { exports: {} };
  load.loaded.set(name, module);
  const folder = name.split("/").slice(0, -1);
  window.packagedModules[name](module, module.exports, (path) => {
    const parts = [...folder];
    for (const part of path.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    return load(parts.join("/"));
  });
  return module.exports;
}

function makeTerminal() {
  if (!Xterm) {
    const text = place.appendChild(document.createElement("pre"));
    text.tabIndex = 0;
    text.onkeypress = (event) => {
      event.preventDefault();
      type(event.key === "Enter" ? "\r" : event.key);
    };
    return { write: (piece) => text.append(piece) };
  }
  const { fit: fitTo } = load("addons/fit/fit");
  const fit = () => fitTo(terminal);
  const terminal = new Xterm({ cursorBlink: true, fontSize: 14, scrollback: 5000, theme: { background: "#000000" } });
  terminal.open(place);
  fit();
  addEventListener("resize", () => fit());
  terminal.attachCustomKeyEventHandler((event) => {
    if (!(event.ctrlKey && event.key === "]")) return true;
    terminal.blur();
    return false;
  });
  terminal.on("data", type);
  terminal.focus();
  return terminal;
}

let waiting = "";
let isSending = false;

/** What is typed while a piece is on its way goes with the next one. */
async function type(text) {
  waiting += text;
  if (isSending) return;
  isSending = true;
  while (waiting) {
    const piece = waiting.slice(0, 4096);
    waiting = waiting.slice(piece.length);
    const body = new URLSearchParams(new FormData(form));
    body.set("text", piece);
    try {
      await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "Martlet-Script": "1" } });
    } catch {
      // The output ends as well then, and says so.
    }
  }
  isSending = false;
}

let isFirst = true;

async function follow() {
  const decoder = new TextDecoder();
  try {
    const answer = await fetch(place.dataset.output, { headers: { "Martlet-Script": "1" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    // What was shown before is in the history that comes first.
    if (!isFirst) shown.reset?.();
    isFirst = false;
    place.dataset.state = "open";
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      shown.write(decoder.decode(value, { stream: true }));
    }
  } catch {
    // It is asked again.
  }
  place.dataset.state = "closed";
  setTimeout(follow, 2000);
}

follow();
