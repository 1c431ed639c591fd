// Comforts of the pages: names as one types, sorting, filters, drawings on hover. Every question works without them.
"use strict";

// What no name has: bonds, brackets, or only letters of atoms with the number of a ring.
const LOOKS_LIKE_STRUCTURE = /^(InChI=|[^\s]*[=#@\\/\[\]]|[BCNOPSFIbcnopsHlr0-9().+-]*[BCNOPSFIbcnops][BCNOPSFIbcnopsHlr0-9().+-]*[1-9()][BCNOPSFIbcnopsHlr0-9().+-]*$)/;

// --- names as one types: a combobox as WAI-ARIA describes it
for (const input of document.querySelectorAll("[data-suggest]")) suggest(input);

function suggest(input) {
  const box = document.createElement("div");
  const list = document.createElement("ul");
  const said = document.createElement("span");
  box.className = "suggest";
  list.id = `${input.id}-names`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "names");
  said.className = "hidden";
  said.setAttribute("role", "status");
  input.replaceWith(box);
  box.append(input, list, said);
  if (input.hasAttribute("autofocus")) input.focus();
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let at = -1;
  let timer = 0;
  let asked = null;

  const close = () => {
    at = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (option) => {
    input.value = option.textContent;
    close();
    input.focus();
  };
  const mark = (place) => {
    at = place;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const show = (names) => {
    list.replaceChildren(...names.map((name, n) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = name;
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(option); });
      return option;
    }));
    at = -1;
    list.hidden = !names.length;
    input.setAttribute("aria-expanded", String(names.length > 0));
    said.textContent = names.length ? `${names.length} names` : "";
  };
  const look = async () => {
    const typed = input.value.trim();
    if (asked) asked.abort();
    if (typed.length < 2 || typed.length > 120) return close();
    asked = new AbortController();
    try {
      if (input.dataset.read && LOOKS_LIKE_STRUCTURE.test(typed)) return close();
      const answer = await fetch(`/api/v1/suggest?text=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (!answer.ok || document.activeElement !== input) return close();
      show((await answer.json()).names);
    } catch { /* another letter was typed meanwhile */ }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 80); });
  input.addEventListener("blur", () => setTimeout(close, 100));
  input.addEventListener("keydown", (event) => {
    const n = list.children.length;
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if (event.key === "ArrowDown" && n && !list.hidden) { event.preventDefault(); mark((at + 1) % n); }
    else if (event.key === "ArrowUp" && n && !list.hidden) { event.preventDefault(); mark((at + n - 1) % n); }
    else if (event.key === "Enter" && at >= 0 && !list.hidden) { event.preventDefault(); take(list.children[at]); }
  });
}

// --- whether a structure can be read, told beside its box as one types
for (const input of document.querySelectorAll("[data-read]")) {
  const said = document.createElement("p");
  said.className = "read";
  said.setAttribute("role", "status");
  (input.closest(".find") ?? input.closest(".line") ?? input).after(said);
  const isPattern = input.dataset.read === "smarts";
  let timer = 0;
  let asked = null;
  const tell = (text, isWrong = false, smiles = "") => {
    said.replaceChildren();
    said.classList.toggle("wrong", isWrong);
    input.setAttribute("aria-invalid", String(isWrong));
    if (smiles) {
      const drawn = document.createElement("img");
      drawn.alt = "";
      drawn.src = `/drawing.svg?name=${encodeURIComponent(smiles)}`;
      said.append(drawn);
    }
    said.append(text);
  };
  const look = async () => {
    const typed = input.value.trim();
    if (asked) asked.abort();
    if (!typed || typed.length > 2000 || !(isPattern || input.id === "smiles" || LOOKS_LIKE_STRUCTURE.test(typed))) return tell("");
    asked = new AbortController();
    try {
      const answer = await fetch(`/api/v1/read?kind=${input.dataset.read}&text=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (!answer.ok) return tell("");
      const found = await answer.json();
      if (!found.readable) tell(`not yet a ${isPattern ? "SMARTS" : "structure"}: ${found.problem}`, true);
      else if (isPattern) tell("this pattern can be read");
      else tell([found.name ?? "not in this database", found.formula].filter(Boolean).join(", "), false, typed);
    } catch { /* another letter was typed meanwhile */ }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, 250); };
  input.addEventListener("input", soon);
  input.addEventListener("vcpi:drawn", soon);
  if (input.value) soon();
}

// --- an empty box says what to type
for (const input of document.querySelectorAll("[required][data-empty]")) {
  const check = () => input.setCustomValidity(input.value.trim() ? "" : input.dataset.empty);
  input.addEventListener("input", check);
  input.addEventListener("vcpi:drawn", check);
  check();
}

// --- a choice from a list fills the box below
for (const choice of document.querySelectorAll("select[data-fills]")) {
  choice.addEventListener("change", () => {
    const box = document.getElementById(choice.dataset.fills);
    box.value = choice.value;
    box.dispatchEvent(new Event("input"));
    if (choice.value) box.form.requestSubmit();
  });
}

// --- on a phone what is secondary is folded
const NARROW = matchMedia("(max-width: 46rem)").matches;
if (NARROW) for (const part of document.querySelectorAll("details[data-fold]")) part.open = false;
for (const table of NARROW ? document.querySelectorAll("table.hits") : []) {
  if (!table.querySelector("td.more:not(.empty)")) continue;
  table.classList.add("short");
  for (const row of table.tBodies[0].rows) {
    const button = document.createElement("button");
    const cell = row.insertCell();
    button.type = "button";
    button.textContent = "more";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const open = row.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? "less" : "more";
    });
    cell.className = "opens";
    cell.dataset.label = "";
    cell.setAttribute("role", "cell");
    cell.append(button);
  }
}

// --- long work: how far it is, and its page again when it is done
for (const part of document.querySelectorAll("[data-progress]")) {
  const bar = part.querySelector("progress");
  const step = part.querySelector("[data-step]");
  const look = async () => {
    try {
      const answer = await fetch(part.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.status !== 202) return location.reload();
      const found = await answer.json();
      bar.value = Math.round(100 * found.share);
      step.textContent = `${found.step} (${Math.round(found.seconds)} s)`;
      setTimeout(look, 700);
    } catch { setTimeout(look, 5000); }
  };
  setTimeout(look, 300);
}

// --- sorting in place; the link of the heading sorts without script
for (const table of document.querySelectorAll("table[data-table]")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const link = head.querySelector("a[data-sort]");
    if (!link) return;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const now = head.getAttribute("aria-sort");
      const first = new URL(link.href).searchParams.get("sort").startsWith("-") ? "descending" : "ascending";
      const way = now === null ? first : now === "ascending" ? "descending" : "ascending";
      const key = (row) => row.cells[column].dataset.value;
      const sorted = [...body.rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === "" || y === "") return (x === "") - (y === "");
        const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : Number(x) - Number(y);
        return way === "ascending" ? order : -order;
      });
      body.append(...sorted);
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", way);
      const here = new URL(location.href);
      here.searchParams.set("sort", (way === "descending" ? "-" : "") + link.dataset.sort);
      history.replaceState(null, "", here);
    });
  });
  const wanted = new URLSearchParams(location.search).get("sort");
  const link = wanted && table.querySelector(`a[data-sort="${CSS.escape(wanted.replace(/^-/, ""))}"]`);
  if (link) link.closest("th").setAttribute("aria-sort", wanted.startsWith("-") ? "descending" : "ascending");
}

// --- rows by text and relation
for (const form of document.querySelectorAll("[data-quick]")) {
  const rows = [...document.querySelectorAll("table[data-table=hits] tbody tr")];
  const present = new Set(rows.map((row) => row.querySelector("td.relation")?.dataset.value ?? ""));
  for (const box of form.querySelectorAll("[type=checkbox]")) if (!present.has(box.value)) box.closest("label").hidden = true;
  const apply = () => {
    const text = form.querySelector("[type=search]").value.trim().toLowerCase();
    const off = new Set([...form.querySelectorAll("[type=checkbox]:not(:checked)")].map((box) => box.value));
    let n = 0;
    for (const row of rows) {
      const relation = row.querySelector("td.relation")?.dataset.value;
      row.hidden = off.has(relation) || !row.textContent.toLowerCase().includes(text);
      n += !row.hidden;
    }
    form.querySelector("output").textContent = n === rows.length ? "" : `${n} of ${rows.length} rows`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
}

// --- drawings on hover and on focus
const peek = document.createElement("div");
peek.className = "peek";
peek.hidden = true;
peek.setAttribute("aria-hidden", "true");
const image = document.createElement("img");
image.alt = "";
const told = document.createElement("p");
peek.append(image, told);
document.body.append(peek);
for (const link of document.querySelectorAll("[data-drawing]")) {
  const show = () => {
    image.src = link.dataset.drawing;
    told.textContent = link.querySelector("title")?.textContent ?? link.textContent;
    const place = link.getBoundingClientRect();
    peek.hidden = false;
    const left = place.right + 280 < innerWidth ? place.right + 10 : Math.max(4, place.left - 280);
    peek.style.left = `${left}px`;
    peek.style.top = `${Math.max(4, Math.min(place.top - 60, innerHeight - 240))}px`;
  };
  const hide = () => { peek.hidden = true; };
  link.addEventListener("pointerenter", show);
  link.addEventListener("pointerleave", hide);
  link.addEventListener("focus", show);
  link.addEventListener("blur", hide);
}
addEventListener("keydown", (event) => { if (event.key === "Escape") peek.hidden = true; });

// --- a text file into a box
for (const input of document.querySelectorAll("input[type=file][data-into]")) {
  input.closest("[data-file]").hidden = false;
  input.addEventListener("change", async () => {
    if (input.files.length) document.getElementById(input.dataset.into).value = await input.files[0].text();
  });
  input.form.addEventListener("submit", () => { input.disabled = true; });
}
