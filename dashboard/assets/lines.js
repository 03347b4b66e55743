// Lines of the shown dub: as the service has them, and as they are with the drafts. Sorted by start.

import { requestJson } from "./dialogs.js"
import { at } from "./page.js"
import { listDrafts, openDrafts } from "./drafts.js"
import { forgetChanges, noteChanges } from "./other_changes.js"

let source = ""
let served = []
let current = null
const saved = new Map() // film and language → revision

const about = () => at("about")?.firstElementChild
export const filmId = () => at("film")?.dataset.task
export const language = () => about()?.dataset.language
/** Revision of the script: of the page, or of the last edits that were sent from it. */
export const revision = () => Math.max(Number(about()?.dataset.revision ?? 0), saved.get(`${filmId()} ${language()}`) ?? 0)

/** Note the revision that edits of this page made. */
export const noteRevision = (number = 0, dub = `${filmId()} ${language()}`) => saved.set(dub, Math.max(saved.get(dub) ?? 0, number))

/** Tell all parts of the page that the lines changed. */
export function announceLines() {
  current = null
  document.dispatchEvent(new CustomEvent("lines-changed"))
}

const readServed = (line) => ({
  key: String(line.number), number: line.number, language: line.language,
  start: line.edit?.start ?? line.start, end: line.edit?.end ?? line.end, speaker: line.edit?.speaker ?? line.speaker ?? "",
  text: line.edit?.text ?? line.text, source_text: line.edit?.source_text ?? line.source_text, skip: line.edit?.skip ?? line.skip,
  deleted: Boolean(line.edit?.deleted ?? line.deleted), dubStart: line.dub_start, dubEnd: line.dub_start + line.dub_seconds, rate: line.rate * line.stretch,
})

/** Fetch the lines of the shown dub, again for each version of them. */
export async function loadLines() {
  if (!about()?.dataset.mark || !filmId()) return
  const wanted = `${filmId()} ${language()} ${about().dataset.mark}`
  openDrafts(filmId(), language())
  if (wanted === source) return
  const before = source
  source = wanted
  if (before.split(" ").slice(0, 2).join() !== wanted.split(" ").slice(0, 2).join()) { served = []; forgetChanges(); announceLines() }
  const { lines } = await requestJson(`api/tasks/${filmId()}/lines?language=${language()}`).catch(() => ({}))
  if (source !== wanted) return
  if (!lines) { source = ""; return } // asked again with the next change of the page
  const former = served
  served = lines.map(readServed)
  noteChanges(former, served)
  announceLines()
}

/** All lines with their drafts, by start; deleted ones have `deleted`, new ones `added`. */
export function listLines() {
  if (current) return current
  const drafts = listDrafts()
  const lines = served.map((line) => (drafts[line.key] ? { ...line, ...drafts[line.key], draft: true } : line))
  for (const [key, draft] of Object.entries(drafts)) {
    if (draft.added) lines.push({ key, number: null, language: language(), skip: false, deleted: false, dubStart: draft.start, dubEnd: draft.start, rate: 1, ...draft, draft: true })
  }
  current = lines.sort((one, other) => one.start - other.start || one.end - other.end)
  return current
}

export const findLine = (key) => listLines().find((line) => line.key === key)
/** A line as the service has it. */
export const findServed = (key) => served.find((line) => line.key === key)
export const nameLine = (line) => (line.number ? `line ${line.number}` : `the new line at ${formatTimestamp(line.start)}`)

/** The line spoken at a moment; the last one that began where several are. */
export function findLineAt(seconds) {
  return listLines().findLast((line) => !line.deleted && line.start <= seconds && seconds < line.end)
}

/** The neighbour of a line in time; `step` 1 or -1. */
export function findNeighbour(key, step) {
  const lines = listLines().filter((line) => !line.deleted || line.key === key)
  return lines[lines.findIndex((line) => line.key === key) + step]
}

/** `0:01:02.345`, from seconds. */
export function formatTimestamp(seconds) {
  const ms = Math.max(0, Math.round(seconds * 1000))
  const two = (value) => String(value).padStart(2, "0")
  return `${Math.floor(ms / 3_600_000)}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`
}

/** Seconds of `0:01:02.345`, `1:02.3` or `62.345`; null of anything else. */
export function parseTimestamp(text) {
  const found = /^(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:[.,]\d{1,3})?)$/.exec(text.trim())
  if (!found) return null
  const seconds = Number(found[3].replace(",", "."))
  if (found[2] !== undefined && seconds >= 60) return null
  return Math.round((3600 * Number(found[1] ?? 0) + 60 * Number(found[2] ?? 0) + seconds) * 1000) / 1000
}
