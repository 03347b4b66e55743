// Sending of a script's drafts: one request for all of them, so that the film is re-dubbed once. Refused lines stay drafts.

import { draftsRevision, forgetDrafts, listDrafts, rebaseDrafts } from "./drafts.js"
import { announceLines, filmId, findLine, language, nameLine, revision } from "./lines.js"
import { at } from "./page.js"

let sending = false

async function patchLines(body) {
  const answer = await fetch(`api/tasks/${filmId()}/lines`, {
    method: "PATCH", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => { throw new Error("The service does not answer. Try again in a moment.") })
  const found = await answer.json().catch(() => ({}))
  if (!answer.ok && !Array.isArray(found.refused)) throw new Error(typeof found.detail === "string" ? found.detail : `Request failed (${answer.status}).`)
  return found
}

/** Edits of the lines and new lines, as the service takes them. */
export function buildRequest(drafts, tag, based) {
  const edits = []
  const added = []
  for (const [key, { added: isNew, ...draft }] of Object.entries(drafts)) {
    if (isNew) added.push({ key, language: tag, start: draft.start, end: draft.end, speaker: draft.speaker || null, text: draft.text, ...(draft.source_text ? { source_text: draft.source_text } : {}) })
    else edits.push({ number: Number(key), language: tag, ...draft, ...("skip" in draft ? { skip: draft.skip || null } : {}), ...("deleted" in draft ? { deleted: draft.deleted || null } : {}) })
  }
  return { edits, added, based_on: based ? { [tag]: based } : {} }
}

/** Send edits that are no drafts, such as taking back a saved one. */
export async function sendEdits(edits, { showToast, tell }) {
  try {
    const { refused = [] } = await patchLines({ edits })
    showToast(refused.length ? { text: refused[0].message, bad: true } : { text: "Saved. The changed lines are re-dubbed.", bad: false })
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

/** Send all drafts. A new line waits until its translation is written. */
export async function sendDrafts({ showToast, tell }) {
  const drafts = listDrafts()
  const waiting = Object.keys(drafts).filter((key) => drafts[key].added && !drafts[key].text.trim())
  const ready = Object.fromEntries(Object.entries(drafts).filter(([key]) => !waiting.includes(key)))
  if (sending || !Object.keys(drafts).length) return
  if (waiting.length) showToast({ text: `Write the translation of ${nameLine(findLine(waiting[0]))} first, or delete it.`, bad: true })
  if (!Object.keys(ready).length) return
  sending = at("drafts-keep").disabled = true
  try {
    const { conflicts = [], refused = [], revisions = {}, detail } = await patchLines(buildRequest(ready, language(), draftsRevision()))
    const kept = new Set([...conflicts, ...refused].map((each) => String(each.key ?? each.number)))
    const sent = Object.keys(ready).filter((key) => !kept.has(key))
    if (sent.length) { adoptSent(sent); forgetDrafts(sent) }
    if (conflicts.length) rebaseDrafts(revisions[language()] ?? revision())
    announceLines()
    const again = conflicts.length ? " Your changes of them are kept as drafts: save again to overwrite, or discard them." : ""
    if (conflicts.length || refused.length) showToast({ text: `${detail}.${again}`.replace("..", "."), bad: true })
    else if (!waiting.length) showToast({ text: "Saved. The changed lines are re-dubbed.", bad: false })
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
  sending = at("drafts-keep").disabled = false
}

/** Make sent values the fields' defaults, until the server sends the rows (optimistic update). */
function adoptSent(keys) {
  for (const key of keys) {
    for (const field of at(`script-${key}`)?.querySelectorAll("[name]") ?? []) {
      if (field.type === "checkbox") field.defaultChecked = field.checked
      else if (field.nodeName === "SELECT") for (const option of field.options) option.defaultSelected = option.selected
      else field.defaultValue = field.value
    }
  }
}
