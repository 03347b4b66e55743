// Sending of a script's drafts: one request for all of them, so that the film is re-dubbed once. Refused lines stay drafts.

import { askConflicts } from "./conflicts.js"
import { draftsRevision, forgetDrafts, listDrafts, rebaseDrafts } from "./drafts.js"
import { announceLines, filmId, findLine, language, nameLine, noteRevision, revision } from "./lines.js"
import { noteSent, setRefusals } from "./other_changes.js"
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

/** Send drafts; those in conflict again as a person decides. Gives the refusals; null where a conflict is left for later. */
async function sendUntilSettled(ready) {
  const refusals = []
  for (let rest = ready, based = draftsRevision(); Object.keys(rest).length;) {
    const { conflicts = [], refused = [], revisions = {} } = await patchLines(buildRequest(rest, language(), based))
    based = revisions[language()]
    noteRevision(based)
    refusals.push(...refused)
    const kept = new Set([...conflicts, ...refused].map((each) => String(each.key ?? each.number)))
    const sent = Object.keys(rest).filter((key) => !kept.has(key))
    noteSent(rest)
    setRefusals(refusals)
    if (sent.length) { adoptSent(sent); forgetDrafts(sent) }
    announceLines()
    const chosen = conflicts.length ? await askConflicts(conflicts) : new Map()
    if (chosen === null) return null
    const theirs = [...chosen].filter(([, side]) => side === "theirs").map(([number]) => String(number))
    if (theirs.length) forgetDrafts(theirs)
    rest = Object.fromEntries([...chosen].filter(([, side]) => side === "yours").map(([number]) => [String(number), listDrafts()[number]]))
  }
  rebaseDrafts(revision())
  announceLines()
  return refusals
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
    const refused = await sendUntilSettled(ready)
    if (refused === null) showToast({ text: "Lines in conflict stay changes of yours. Save again to decide.", bad: true })
    else if (refused.length) showToast({ text: refused.map(({ message }) => message).join(" "), bad: true })
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
