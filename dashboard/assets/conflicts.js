// Conflicts of drafts with cells that somebody else changed since: yours and theirs, one of them is chosen for each line.

import { formatTimestamp } from "./lines.js"
import { at } from "./page.js"

const LABELS = { text: "Translation", source_text: "Source", speaker: "Speaker", skip: "Original audio", start: "Start", end: "End", deleted: "Line" }

/** Value of a field in words. As text, never as HTML. */
function describeValue(field, value) {
  if (value === null) return "as it was found"
  if (field === "skip") return value ? "kept" : "dubbed over"
  if (field === "deleted") return value ? "deleted" : "kept"
  if (field === "start" || field === "end") return formatTimestamp(value)
  if (field === "speaker") return [...at("speakers")?.options ?? []].find((option) => option.value === value)?.text || value
  return value || "none: the original audio is kept"
}

const make = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/** Choice of one side of a line, with its cells. */
function drawSide(number, side, label, conflicts) {
  const cells = conflicts.map((each) => make("div", {}, make("dt", { textContent: LABELS[each.field] ?? each.field }), make("dd", { textContent: describeValue(each.field, each[side]) })))
  return make("label", {}, make("input", { type: "radio", name: `line-${number}`, value: side, required: true }), make("strong", { textContent: label }), make("dl", {}, ...cells))
}

/** Ask which side of each line is kept. Resolves to a map of line number → "yours" or "theirs"; null where that is left for later. */
export function askConflicts(conflicts) {
  const dialog = at("conflicts")
  const lines = Map.groupBy(conflicts, ({ number }) => number)
  at("conflicts-lines").replaceChildren(...[...lines].map(([number, cells]) => make("fieldset", {},
    make("legend", { textContent: `Line ${number}` }), drawSide(number, "yours", "Yours", cells), drawSide(number, "theirs", "Theirs", cells))))
  const radios = [...dialog.querySelectorAll("input[type=radio]")]
  const choose = (side) => radios.forEach((radio) => { radio.checked = radio.value === side })
  at("conflicts-yours").onclick = () => choose("yours")
  at("conflicts-theirs").onclick = () => choose("theirs")
  dialog.returnValue = "later"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => {
    const chosen = new Map(radios.filter((radio) => radio.checked).map((radio) => [Number(radio.name.slice(5)), radio.value]))
    answer(dialog.returnValue === "apply" ? chosen : null)
  }, { once: true }))
}
