// What a page does beyond what its links and forms do without script.
import { follow, poll, refresh } from "./live.js";

const script = { "Martlet-Script": "1" };

/** Says something for a while, to eyes and to screen readers. */
function tell(text, isError) {
  const toast = document.createElement("p");
  toast.className = isError ? "notice error" : "notice";
  toast.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "plain";
  close.textContent = "×";
  close.setAttribute("aria-label", "Dismiss");
  close.onclick = () => toast.remove();
  toast.append(close);
  document.getElementById("toasts").append(toast);
  if (!isError) setTimeout(() => toast.remove(), 6000);
}

/** Shows the page that asks whether it is meant, in a dialog. */
async function ask(url) {
  const dialog = document.getElementById("question");
  const answer = await fetch(url, { headers: { ...script, "Martlet-Fragment": "confirm" } });
  if (!answer.ok) return location.assign(url);
  dialog.innerHTML = await answer.text();
  dialog.showModal();
}

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  let answer;
  try {
    answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: script });
  } catch {
    return tell("The host does not answer. Try again in a moment.", true);
  }
  if (answer.status === 401) return location.reload();
  if (answer.headers.get("Content-Type") !== "application/json") return tell("That did not work.", true);
  const { notices, location: place, question } = await answer.json();
  if (question) return ask(question);
  const dialog = form.closest("dialog");
  dialog?.close();
  for (const { text, isError } of notices) tell(text, isError);
  if (place && !notices.some((notice) => notice.isError)) {
    const away = new URL(place, location.href);
    if (away.pathname !== location.pathname) location.assign(away);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-act]")) {
    event.preventDefault();
    send(form, event.submitter);
  }
});

document.addEventListener("click", (event) => {
  const question = event.target.closest("a[data-ask]");
  if (question && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    ask(question.href);
  }
  const close = event.target.closest("dialog [data-close]");
  if (close) {
    event.preventDefault();
    close.closest("dialog").close();
  }
  // A menu closes when something else is clicked.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("change", (event) => {
  const all = event.target.dataset.all;
  if (all) for (const box of document.querySelectorAll(`input[name="${all}"]`)) box.checked = event.target.checked;
  if (all || event.target.name === "machine") countChosen();
});

function countChosen() {
  const line = document.getElementById("chosen");
  if (!line) return;
  const count = document.querySelectorAll('input[name="machine"]:checked').length;
  line.textContent = count === 0 ? "With those that are ticked:" : `With the ${count} that ${count === 1 ? "is" : "are"} ticked:`;
}
document.addEventListener("martlet:fresh", countChosen);

// Filters show what fits while one types; the address follows, so that it can be sent to somebody.
for (const form of document.querySelectorAll("form[data-filter]")) {
  let timer;
  const show = () => {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (value === "") query.delete(name);
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    refresh(form.dataset.filter).catch(() => {});
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 150);
  });
}

const theme = document.getElementById("theme");
if (theme) {
  const root = document.documentElement;
  const isDark = () => (root.dataset.bsTheme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => (theme.textContent = isDark() ? "Light" : "Dark");
  theme.hidden = false;
  label();
  theme.onclick = () => {
    root.dataset.bsTheme = isDark() ? "light" : "dark";
    localStorage.setItem("martlet-theme", root.dataset.bsTheme);
    label();
  };
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable], .terminal, #screen");
  if ((event.key === "/" && !isTyping) || (event.key === "k" && (event.ctrlKey || event.metaKey) && !event.target.closest(".terminal, #screen"))) {
    const search = document.querySelector('input[type="search"]');
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
});

follow("/hosts/this/events");
poll();
