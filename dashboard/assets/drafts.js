// Drafts of a script: changes that were not sent yet, with undo and redo. Kept in session storage, where they outlive a reload.

const MAX_STEPS = 300
const MERGE_WITHIN_MS = 1500 // typing in one field is one step

let key = ""
let state = empty()

function empty() { return { lines: {}, based: null, undo: [], redo: [] } }

const store = (of = key, kept = state) => {
  if (Object.keys(kept.lines).length || kept.undo.length || kept.redo.length) sessionStorage.setItem(of, JSON.stringify(kept))
  else sessionStorage.removeItem(of)
}

function read(of) {
  const kept = JSON.parse(sessionStorage.getItem(of) ?? "{}")
  return { ...empty(), ...(kept.lines ? kept : { lines: kept }) } // without `lines`: as versions before undo kept them
}

/** Read the drafts of a dub. */
export function openDrafts(film, language) {
  const wanted = `dubarr-drafts-${film}-${language}`
  if (wanted === key) return
  key = wanted
  state = read(key)
}

/** The dub whose drafts are open, for `forgetDrafts` and `rebaseDrafts` after another one was opened. */
export const openedDrafts = () => key

/** Line → its changed fields; of a new line all fields, with `added`. */
export const listDrafts = () => state.lines
export const countDrafts = () => Object.keys(state.lines).length
/** Revision of the script that the drafts were made on; null without drafts. */
export const draftsRevision = () => state.based
export const canUndo = () => state.undo.length > 0
export const canRedo = () => state.redo.length > 0

/** Set drafts as one step. `drafts`: line → all its changed fields, or null for none. `field`: of a step that typing continues. */
export function setDrafts(drafts, { label, revision, field = "" }) {
  const before = Object.fromEntries(Object.keys(drafts).map((line) => [line, state.lines[line] ?? null]))
  const last = state.undo.at(-1)
  if (field && last?.field === field && Date.now() - last.at < MERGE_WITHIN_MS) Object.assign(last, { after: drafts, at: Date.now() })
  else state.undo.push({ label, field, at: Date.now(), before, after: drafts })
  state.undo.splice(0, state.undo.length - MAX_STEPS)
  state.redo = []
  state.based ??= revision
  put(drafts)
}

function put(drafts, of = key, kept = state) {
  for (const [line, draft] of Object.entries(drafts)) {
    if (draft && Object.keys(draft).length) kept.lines[line] = draft
    else delete kept.lines[line]
  }
  if (!Object.keys(kept.lines).length) kept.based = null
  store(of, kept)
}

/** Take the last step back; gives its label, or null. */
export function undo(revision) { return step("undo", "redo", "before", revision) }
/** Make the last step again that was taken back. */
export function redo(revision) { return step("redo", "undo", "after", revision) }

function step(from, to, side, revision) {
  const taken = state[from].pop()
  if (!taken) return null
  state[to].push({ ...taken, field: "" })
  state.based ??= revision
  put(taken[side])
  return taken.label
}

/** Forget drafts that were sent or dropped, and all steps. `sent`: line → draft as it was sent; one that changed since stays. `added`: key
 * of a new line → its number: what changed of it since is an edit of that line. `of`: their dub. */
export function forgetDrafts(sent, { added = {}, of = key } = {}) {
  const kept = of === key ? state : read(of)
  kept.undo = []
  kept.redo = []
  const rest = {}
  for (const [line, draft] of Object.entries(sent)) {
    const now = kept.lines[line]
    const isChanged = now && JSON.stringify(now) !== JSON.stringify(draft)
    if (isChanged && !(line in added)) continue
    rest[line] = null
    if (isChanged) rest[added[line]] = Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== draft[name]))
  }
  put(rest, of, kept)
}

/** Base the drafts that are left on a later revision: what changed up to it is known. */
export function rebaseDrafts(revision, of = key) {
  const kept = of === key ? state : read(of)
  kept.based = Object.keys(kept.lines).length ? revision : null
  store(of, kept)
}

/** A key for a new line. */
export function newKey() {
  let number = 1
  while (state.lines[`a${number}`]) number += 1
  return `a${number}`
}
