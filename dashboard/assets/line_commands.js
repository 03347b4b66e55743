// Changes of lines as drafts: split, merge, add, delete, move. Each is one step of undo.

import { showToast } from "./toast.js"
import { listDrafts, newKey, redo, setDrafts, undo } from "./drafts.js"
import { announceLines, findLine, findLineAt, findNeighbour, listLines, nameLine, revision } from "./lines.js"
import { currentPlayer } from "./player.js"
import { chooseLine, chosenLine } from "./script.js"

export const MIN_LINE_S = 0.1
const NEW_LINE_S = 2.0
const round = (seconds) => Math.round(seconds * 1000) / 1000
const refuse = (text) => showToast({ text, bad: true })
const now = () => currentPlayer()?.now ?? 0

/** Set drafts as one step; each is added to what the line has already. */
function change(drafts, label) {
  const before = listDrafts()
  const merged = Object.entries(drafts).map(([key, draft]) => [key, draft && { ...before[key], ...draft }])
  setDrafts(Object.fromEntries(merged), { label, revision: revision() })
  announceLines()
}

/** The current line: the chosen one, else the one at the playhead. */
function findCurrent() {
  const line = findLine(chosenLine()) ?? findLineAt(now())
  if (!line) refuse("Choose a line first: click its row, or move the playhead into it.")
  return line
}

/** Two halves of a text, parted at a word nearest to `share` (0..1), or at `caret`. */
function partText(text, share, caret) {
  let place = caret ?? Math.round(text.length * share)
  if (caret === undefined) {
    const gaps = [...text.matchAll(/\s+/g)].map(({ index }) => index)
    if (gaps.length) place = gaps.reduce((best, gap) => (Math.abs(gap - place) < Math.abs(best - place) ? gap : best))
  }
  return [text.slice(0, place).trim(), text.slice(place).trim()]
}

/** Split the current line: at the caret in its translation, else at the playhead. */
export function splitLine() {
  const line = findCurrent()
  if (!line) return
  const field = document.activeElement
  const inText = field?.name === "text" && field.closest("tr")?.dataset.line === line.key && field.selectionStart > 0 && field.selectionStart < field.value.length
  const inside = line.start + MIN_LINE_S <= now() && now() <= line.end - MIN_LINE_S
  if (!inText && !inside) return refuse(`To split ${nameLine(line)}, move the playhead into it, or put the cursor into its translation.`)
  const caret = inText ? field.selectionStart : undefined
  const place = round(inside ? now() : line.start + (line.end - line.start) * (caret / field.value.length))
  if (Math.min(place - line.start, line.end - place) < MIN_LINE_S) return refuse(`${nameLine(line)} is too short to split there.`)
  const share = (place - line.start) / (line.end - line.start)
  const [text, rest] = partText(line.text, share, caret)
  const [source, sourceRest] = partText(line.source_text, share)
  if (!text || !rest) return refuse(`The translation of ${nameLine(line)} has one word: write more, or change its times.`)
  const key = newKey()
  change({
    [line.key]: { end: place, text, ...(source && sourceRest ? { source_text: source } : {}) },
    [key]: { added: true, start: place, end: line.end, speaker: line.speaker, text: rest, source_text: sourceRest },
  }, `Split of ${nameLine(line)}`)
  chooseLine(key, { focus: inText ? "text" : "" })
}

/** Merge the current line with the next one. */
export function mergeLine() {
  const line = findCurrent()
  const next = line && findNeighbour(line.key, 1)
  if (!line) return
  if (!next) return refuse(`${nameLine(line)} is the last one.`)
  const join = (one, other) => [one, other].map((text) => text.trim()).filter(Boolean).join(" ")
  change({
    [line.key]: { end: Math.max(line.end, next.end), text: join(line.text, next.text), ...(line.source_text || next.source_text ? { source_text: join(line.source_text, next.source_text) } : {}) },
    [next.key]: next.added ? null : { deleted: true },
  }, `Merge of ${nameLine(line)} with ${nameLine(next)}`)
  chooseLine(line.key)
}

/** Add a line at the playhead, up to the next line. */
export function addLine() {
  const start = round(now())
  const next = listLines().find((line) => !line.deleted && line.start > start)
  const end = round(Math.min(start + NEW_LINE_S, next?.start ?? Infinity, currentPlayer()?.duration || Infinity))
  if (end - start < MIN_LINE_S) return refuse("There is no room for a line at the playhead: move it before a pause.")
  const speaker = findLine(chosenLine())?.speaker || listLines()[0]?.speaker || ""
  const key = newKey()
  change({ [key]: { added: true, start, end, speaker, text: "", source_text: "" } }, "New line")
  chooseLine(key, { focus: "text" })
}

/** Delete the current line, or restore it. */
export function deleteLine() {
  const line = findCurrent()
  if (!line) return
  if (line.added) change({ [line.key]: null }, `Deletion of ${nameLine(line)}`)
  else change({ [line.key]: { deleted: !line.deleted } }, `${line.deleted ? "Restoring" : "Deletion"} of ${nameLine(line)}`)
  if (line.deleted) return
  const next = findNeighbour(line.key, 1)
  showToast({ text: `${line.added ? "The new line" : `Line ${line.number}`} is deleted. Ctrl+Z takes it back.`, bad: false })
  if (line.added && next) chooseLine(next.key)
}

/** Restore a line that the dub lacks because it was deleted: it has no row until the film is dubbed with it. */
export function restoreLine(number) {
  change({ [number]: { deleted: null } }, `Restoring of line ${number}`)
  showToast({ text: `Line ${number} comes back with the next dub. Ctrl+Z takes that back.`, bad: false })
}

/** Move a line or one of its edges. `span`: { start, end } in seconds. */
export function moveLine(key, { start, end }) {
  const line = findLine(key)
  const fresh = { ...(round(start) !== line.start ? { start: round(start) } : {}), ...(round(end) !== line.end ? { end: round(end) } : {}) }
  if (Object.keys(fresh).length) change({ [key]: fresh }, `Timing of ${nameLine(line)}`)
}

/** Set an edge of the current line to the playhead. */
export function setEdge(edge) {
  const line = findCurrent()
  if (!line) return
  const span = { start: line.start, end: line.end, [edge]: now() }
  if (span.end - span.start < MIN_LINE_S) return refuse(`The playhead is ${edge === "start" ? "after the end" : "before the start"} of ${nameLine(line)}.`)
  moveLine(line.key, span)
}

/** Move the current line by some seconds. */
export function nudgeLine(seconds) {
  const line = findCurrent()
  if (!line) return
  const by = Math.max(seconds, -line.start)
  moveLine(line.key, { start: line.start + by, end: line.end + by })
}

/** Go to the line before or after the current one, in the same field. */
export function stepLine(by) {
  const here = chosenLine() ?? findLineAt(now())?.key
  const line = here ? findNeighbour(here, by) : listLines().find((each) => !each.deleted)
  if (!line) return
  const field = document.activeElement?.closest?.("#script") ? document.activeElement.name : ""
  chooseLine(line.key, { focus: field })
  currentPlayer()?.seek(line.start)
}

export function undoStep() { report(undo(revision()), "Undone") }
export function redoStep() { report(redo(revision()), "Redone") }

function report(label, verb) {
  if (label === null) return showToast({ text: `Nothing to be ${verb.toLowerCase()}.`, bad: false })
  delete document.activeElement?.dataset.typing // its field shows what is right now
  announceLines()
  showToast({ text: `${verb}: ${label}.`, bad: false })
}

