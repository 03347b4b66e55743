// Lines that somebody else changed while drafts are open, told at the bar of the drafts; and refusals of drafts, told at their rows.

import { countDrafts, listDrafts } from "./drafts.js"

const FIELDS = ["start", "end", "speaker", "text", "source_text", "skip", "deleted"]
const MAX_NAMED = 12
const changed = new Set() // numbers
const own = new Map() // line → its values as they were sent
let refusals = new Map() // key of a draft → sentence

/** Forget everything: another dub is shown, whose lines have the same numbers. */
export function forgetChanges() {
  changed.clear()
  own.clear()
  refusals.clear()
}

/** Remember the lines that this page sent: their changes are no others'. */
export function noteSent(drafts) {
  for (const [key, draft] of Object.entries(drafts)) own.set(key, draft)
}

/** Compare the lines of the service before and now. A value that this page sent is no other's change. */
export function noteChanges(before, now) {
  if (!countDrafts()) changed.clear()
  const former = new Map(before.map((line) => [line.key, line]))
  for (const line of now) {
    const sent = own.get(line.key) ?? {}
    const old = former.get(line.key)
    if (old && FIELDS.some((name) => old[name] !== line[name] && sent[name] !== line[name])) changed.add(line.number)
  }
}

/** Sentence about the lines that changed elsewhere; "" without any, or without drafts. */
export function describeChanges() {
  if (!countDrafts()) changed.clear()
  const numbers = [...changed].sort((one, other) => one - other)
  if (!numbers.length) return ""
  const named = numbers.slice(0, MAX_NAMED).join(", ") + (numbers.length > MAX_NAMED ? ` and ${numbers.length - MAX_NAMED} more` : "")
  return `${numbers.length} line${numbers.length === 1 ? " was" : "s were"} changed elsewhere: ${named}`
}

/** Keep the refusals of the last sending. Those of new lines have their key. */
export function setRefusals(found) {
  refusals = new Map(found.map(({ key, number, message }) => [String(key ?? number), message]))
}

/** Show the refusal of a row's draft under its translation, until the draft is gone. */
export function showRefusal(row, key) {
  const message = key in listDrafts() ? refusals.get(key) : undefined
  const shown = row.querySelector(".refusal")
  if (!message) { shown?.remove(); return }
  if (shown?.textContent === message) return
  shown?.remove()
  const field = row.querySelector("[name=text]")
  field.after(Object.assign(document.createElement("p"), { className: "refusal bad", id: `refusal-${key}`, textContent: message }))
  field.setAttribute("aria-describedby", `refusal-${key}`)
}
