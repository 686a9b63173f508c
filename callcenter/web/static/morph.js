// Changes one part of a page into its newer version, and touches nothing that is the same in both.
// What the visitor did stays: focus, scroll position, selected text, an open <details>, a typed text, a chosen option.
// data-own: a script of its own writes this element, it stays as it is. data-keep="hidden": so does this attribute.
const FIELDS = "input, select, textarea";
const TYPED = "textarea, select, input:not([type=hidden]):not([type=submit]):not([type=button])";

function isTouched(field) {
  return field.hasAttribute("data-touched") || (field === document.activeElement && field.matches(TYPED));
}

function holdsTouched(element) {
  const inside = [...element.querySelectorAll(TYPED)];
  if (element.matches(TYPED)) inside.push(element);
  return inside.some(isTouched);
}

function isPlaying(element) {
  return [...element.querySelectorAll("audio"), element].some((one) => one.matches("audio") && !one.paused);
}

// Which element of the newer version an element is. A row, a list item or a section is known by the first address in it,
// so that a form that was begun for one callback never becomes the form of another.
function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  const name = node.nodeName;
  if (node.id) return `${name}#${node.id}`;
  if (node.dataset.key) return `${name}=${node.dataset.key}`;
  if (name === "FORM") return `${name} ${node.getAttribute("method")} ${node.getAttribute("action")}`;
  if (name === "A") return `${name} ${node.getAttribute("href")}`;
  if (name === "AUDIO") return `${name} ${node.getAttribute("src")}`;
  if (name === "BUTTON") return `${name} ${node.name} ${node.value}`;
  if (node.matches(FIELDS)) return `${name} ${node.type} ${node.name} ${node.type === "checkbox" || node.type === "radio" ? node.getAttribute("value") : ""}`;
  if (["TR", "LI", "SECTION", "ARTICLE"].includes(name)) {
    const address = node.querySelector("a[href], form[action], audio[src]");
    return `${name} ${address ? address.getAttribute("href") || address.getAttribute("action") || address.getAttribute("src") : ""}`;
  }
  return name;
}

function morphText(node, text) {
  const before = node.data;
  if (before === text) return;
  let start = 0;
  while (start < before.length && start < text.length && before[start] === text[start]) start++;
  let end = 0;
  while (end < before.length - start && end < text.length - start && before.at(-1 - end) === text.at(-1 - end)) end++;
  // Only the middle is replaced, so that a selection around it stays.
  node.replaceData(start, before.length - start - end, text.slice(start, text.length - end));
}

function keepsAttribute(element, name) {
  if (name === "data-touched" || (name === "open" && element.matches("details, dialog"))) return true;
  if ((element.dataset.keep || "").split(" ").includes(name)) return true;
  if (name !== "value" && name !== "checked") return false;
  if (!element.matches("input")) return false;
  if (element.type !== "hidden") return isTouched(element);
  // The hidden fields of a form say what its visitor saw. They stay with what was typed, or the server could not notice
  // that somebody else changed the same thing meanwhile. The token against forgery alone must be a valid one.
  return element.name !== "csrf_token" && element.form !== null && holdsTouched(element.form);
}

function morphAttributes(element, fresh) {
  for (const { name } of [...element.attributes]) {
    if (!fresh.hasAttribute(name) && !keepsAttribute(element, name)) element.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (element.getAttribute(name) !== value && !keepsAttribute(element, name)) element.setAttribute(name, value);
  }
}

function morphNode(node, fresh) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    morphText(node, fresh.data);
    return;
  }
  // A form with a fault at a field was answered to what was typed: a newer page does not know that.
  if (node.matches("[data-own]") || (node.matches("form") && node.querySelector("[aria-invalid]"))) return;
  morphAttributes(node, fresh);
  if (node.matches("[data-fresh], [data-since], audio") || (node.matches("select, textarea") && isTouched(node))) return;
  morphChildren(node, fresh);
}

function isBlank(node) {
  return node.nodeType === Node.TEXT_NODE && !node.data.trim();
}

function stays(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  return node.matches("[data-own]") || holdsTouched(node) || isPlaying(node);
}

function move(parent, node, before) {
  if (parent.moveBefore && node.isConnected) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

function morphChildren(parent, fresh) {
  const known = new Map();
  for (const node of parent.childNodes) {
    const key = keyOf(node);
    if (known.has(key)) known.get(key).push(node);
    else known.set(key, [node]);
  }
  const pairs = [...fresh.childNodes].map((one) => [one, known.get(keyOf(one))?.shift()]);
  for (const node of [...known.values()].flat()) {
    if (!stays(node)) node.remove();
    else if (!node.matches("[data-own]")) sayLeft(node);
  }
  let next = parent.firstChild;
  for (const [one, node] of pairs) {
    while (next && next.nodeType === Node.ELEMENT_NODE && next.dataset.stayed !== undefined) next = next.nextSibling;
    if (!node) {
      parent.insertBefore(document.importNode(one, true), next);
    } else {
      if (node === next) next = next.nextSibling;
      else move(parent, node, next);
      delete node.dataset?.left;
      if (!isBlank(node) || !isBlank(one)) morphNode(node, one);
    }
  }
}

// The newer page has no such part any more, but somebody types in it, or listens to it.
function sayLeft(node) {
  if (node.dataset.stayed !== undefined) return;
  node.dataset.stayed = "";
  const words = document.body.dataset.stayed;
  if (!words || !holdsTouched(node)) return;
  const note = document.createElement("p");
  note.className = "note warn";
  note.dataset.own = "";
  note.textContent = `! ${words}`;
  node.prepend(note);
}

// Change `part` into `fresh`, an element of a newer version of the page.
export function morph(part, fresh) {
  const active = document.activeElement;
  const from = active?.selectionStart, to = active?.selectionEnd;
  morphAttributes(part, fresh);
  morphChildren(part, fresh);
  if (active && active !== document.activeElement && active.isConnected) {
    active.focus({ preventScroll: true });
    if (typeof from === "number") active.setSelectionRange(from, to);
  }
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => event.target.setAttribute?.("data-touched", ""));
}
document.addEventListener("reset", (event) => {
  for (const field of event.target.elements) field.removeAttribute("data-touched");
});
