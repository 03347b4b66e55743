// Sending of a script's drafts: one request for all of them, so that the film is re-dubbed once. Refused lines stay drafts.

import { askConflicts } from "./conflicts.js"
import { draftsRevision, forgetDrafts, listDrafts, openedDrafts, rebaseDrafts } from "./drafts.js"
import { announceLines, filmId, findLine, formatTimestamp, language, nameLine, noteRevision, revision } from "./lines.js"
import { noteSent, setRefusals } from "./other_changes.js"
import { at } from "./page.js"

let sending = null // drafts that are being sent, as text
let isWanted = false // what changed meanwhile is sent next

const describeOpen = () => `${openedDrafts()} ${JSON.stringify(listDrafts())}`

async function patchLines(body, film = filmId()) {
  const answer = await fetch(`api/tasks/${film}/lines`, {
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

/** Send drafts; those in conflict again as a person decides. Gives the refusals; null where a conflict is left for later. The page may
 * show another dub before an answer comes, and a draft may change: what is told and forgotten is what was sent. */
async function sendUntilSettled(ready) {
  const [film, tag, of, refusals] = [filmId(), language(), openedDrafts(), []]
  const isShown = () => filmId() === film && language() === tag
  let based = draftsRevision()
  for (let rest = ready; Object.keys(rest).length;) {
    const { conflicts = [], refused = [], revisions = {}, added = {} } = await patchLines(buildRequest(rest, tag, based), film)
    based = revisions[tag]
    noteRevision(based, `${film} ${tag}`)
    refusals.push(...refused)
    const kept = new Set([...conflicts, ...refused].map((each) => String(each.key ?? each.number)))
    const sent = Object.fromEntries(Object.entries(rest).filter(([key]) => !kept.has(key)))
    if (isShown()) {
      noteSent(rest)
      setRefusals(refusals)
      adoptSent(sent)
    }
    if (Object.keys(sent).length) forgetDrafts(sent, { added, of })
    announceLines()
    if (conflicts.length && !isShown()) return null
    const chosen = conflicts.length ? await askConflicts(conflicts) : new Map()
    if (conflicts.length && (chosen === null || !isShown())) return null
    const pick = (wanted) => Object.fromEntries([...chosen].filter(([, side]) => side === wanted).map(([number]) => [String(number), listDrafts()[number]]))
    if (chosen.size) forgetDrafts(pick("theirs"))
    rest = pick("yours")
  }
  rebaseDrafts(isShown() ? revision() : based, of)
  announceLines()
  return refusals
}

/** Send all drafts. A new line waits until its translation is written. */
export async function sendDrafts(page) {
  const { showToast, tell } = page
  const drafts = listDrafts()
  if (sending) isWanted = sending !== describeOpen()
  if (sending || !Object.keys(drafts).length) return
  const waiting = Object.keys(drafts).filter((key) => drafts[key].added && !drafts[key].text.trim())
  const ready = Object.fromEntries(Object.entries(drafts).filter(([key]) => !waiting.includes(key)))
  if (waiting.length) showToast({ text: `Write the translation of ${nameLine(findLine(waiting[0]))} first, or delete it.`, bad: true })
  if (!Object.keys(ready).length) return
  sending = describeOpen()
  try {
    const refused = await sendUntilSettled(ready)
    if (refused === null) showToast({ text: "Lines in conflict stay changes of yours. Save again to decide.", bad: true })
    else if (refused.length) showToast({ text: refused.map(({ message }) => message).join(" "), bad: true })
    else if (!waiting.length) showToast({ text: "Saved. The changed lines are re-dubbed.", bad: false })
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  } finally {
    sending = null
  }
  const again = isWanted
  isWanted = false
  if (again) await sendDrafts(page)
}

/** Make sent values the fields' defaults, until the server sends the rows (optimistic update). */
function adoptSent(sent) {
  for (const [key, draft] of Object.entries(sent)) {
    for (const field of at(`script-${key}`)?.querySelectorAll("[name]") ?? []) {
      const value = draft[field.name]
      if (value === undefined) continue
      if (field.type === "checkbox") field.defaultChecked = value
      else if (field.nodeName === "SELECT") for (const option of field.options) option.defaultSelected = option.value === value
      else field.defaultValue = typeof value === "number" ? formatTimestamp(value) : value
    }
  }
}
