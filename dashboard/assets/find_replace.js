// Find and replace in the script's translations: each match is shown as it would be, and the ticked ones become drafts.

import { showToast } from "./toast.js"
import { listDrafts, setDrafts } from "./drafts.js"
import { announceLines, findLine, listLines, nameLine, revision } from "./lines.js"
import { at } from "./page.js"

const MAX_SHOWN = 500
let matches = [] // { key, before, after }

/** The pattern of the dialog's fields, or null; `whole`: words alone. */
function readPattern() {
  const text = at("replace-find").value
  if (!text) return null
  const literal = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const bounded = at("replace-words").checked ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal
  return new RegExp(bounded, at("replace-case").checked ? "gu" : "giu")
}

function findMatches() {
  const pattern = readPattern()
  const other = at("replace-with").value
  if (!pattern) return []
  return listLines().filter((line) => !line.deleted && !line.skip).flatMap((line) => {
    const after = line.text.replace(pattern, () => other)
    return after === line.text ? [] : [{ key: line.key, line, before: line.text, after, parts: splitText(line.text, pattern, other) }]
  })
}

/** A text as nodes: what goes is struck out, what comes is marked. Text is never HTML. */
function splitText(text, pattern, other) {
  const nodes = []
  let place = 0
  for (const found of text.matchAll(pattern)) {
    nodes.push(text.slice(place, found.index), Object.assign(document.createElement("del"), { textContent: found[0] }))
    if (other) nodes.push(Object.assign(document.createElement("ins"), { textContent: other }))
    place = found.index + found[0].length
  }
  return [...nodes, text.slice(place)]
}

function preview() {
  matches = findMatches()
  const empty = matches.filter(({ after }) => !after.trim())
  const rows = matches.slice(0, MAX_SHOWN).map((match, n) => {
    const row = document.createElement("li")
    const label = document.createElement("label")
    const tick = Object.assign(document.createElement("input"), { type: "checkbox", checked: Boolean(match.after.trim()), disabled: !match.after.trim(), value: n })
    label.append(tick, Object.assign(document.createElement("b"), { textContent: ` ${match.line.number ?? "new"} ` }), ...match.parts)
    row.append(label)
    return row
  })
  at("replace-list").replaceChildren(...rows)
  at("replace-list").hidden = !rows.length
  const lines = `${matches.length} line${matches.length === 1 ? "" : "s"}`
  const more = matches.length > MAX_SHOWN ? ` The first ${MAX_SHOWN} are listed; replace them, then search again.` : ""
  const none = empty.length ? ` ${empty.length} would be empty: they stay.` : ""
  at("replace-said").textContent = at("replace-find").value ? `${lines} found.${more}${none}` : ""
  at("replace-yes").disabled = !rows.length
}

/** Make drafts of the ticked matches, as one step. */
function replaceTicked() {
  const ticked = [...at("replace-list").querySelectorAll("input:checked")].map(({ value }) => matches[Number(value)])
  const outdated = ticked.filter(({ key, before }) => findLine(key)?.text !== before)
  if (outdated.length) return showToast({ text: `Nothing was replaced: ${nameLine(outdated[0].line)} was changed meanwhile. Search again.`, bad: true })
  if (!ticked.length) return showToast({ text: "Nothing is ticked: nothing was replaced.", bad: true })
  const drafts = listDrafts()
  setDrafts(Object.fromEntries(ticked.map(({ key, after }) => [key, { ...drafts[key], text: after }])), { label: `Replacement in ${ticked.length} lines`, revision: revision() })
  announceLines()
  const where = ticked.length === 1 ? nameLine(ticked[0].line) : `${ticked.length} lines`
  showToast({ text: `Replaced in ${where}. Save to dub again, or Ctrl+Z.`, bad: false })
}

export function openFindReplace() {
  const selected = String(getSelection()).trim()
  const field = document.activeElement
  const marked = field?.name === "text" ? field.value.slice(field.selectionStart, field.selectionEnd) : selected
  if (marked && marked.length < 100) at("replace-find").value = marked
  preview()
  at("replace").returnValue = "no"
  at("replace").showModal()
  at("replace-find").select()
}

export const findReplace = {
  begin({ signal }) {
    const ids = ["replace-find", "replace-with", "replace-case", "replace-words"]
    document.addEventListener("input", ({ target }) => { if (ids.includes(target.id)) preview() }, { signal })
    at("replace").addEventListener("close", () => { if (at("replace").returnValue === "yes") replaceTicked() }, { signal })
  },
}
