// The script's rows: a virtual list, whose fields are drafts until they are sent.

import { playClip } from "./audio_clips.js"
import { canRedo, canUndo, countDrafts, listDrafts, setDrafts } from "./drafts.js"
import { announceLines, filmId, findServed, formatTimestamp, language, listLines, loadLines, parseTimestamp, revision } from "./lines.js"
import { describeChanges, showRefusal } from "./other_changes.js"
import { at } from "./page.js"
import { sendDrafts, sendEdits } from "./save_drafts.js"
import { VirtualList } from "./virtual_list.js"

const TIMES = ["start", "end"]
const FIELDS = ["text", "source_text", "speaker", "skip", ...TIMES]
let list = null
let chosen = null // key of the current line

/** A field's value, and its value before any change. */
const readField = (field) => {
  if (field.type === "checkbox") return { value: field.checked, before: field.defaultChecked }
  if (field.nodeName === "SELECT") return { value: field.value, before: [...field.options].find((option) => option.defaultSelected)?.value ?? field.value }
  return { value: field.value, before: field.defaultValue }
}

function writeField(field, value) {
  if (field.type === "checkbox") field.checked = value
  else field.value = TIMES.includes(field.name) && typeof value === "number" ? formatTimestamp(value) : value
}

const fieldsOf = (row) => FIELDS.map((name) => row.querySelector(`[name=${name}]`)).filter(Boolean)

/** Record a field's change as a draft. A time is recorded once it is complete. */
function recordChange(field, { complete }) {
  const row = field.closest("tr")
  const key = row.dataset.line
  const draft = { ...listDrafts()[key] }
  const { value, before } = readField(field)
  const isTime = TIMES.includes(field.name)
  if (isTime && !complete) return
  const seconds = isTime ? parseTimestamp(value) : null
  const other = isTime ? parseTimestamp(row.querySelector(`[name=${field.name === "start" ? "end" : "start"}]`).value) : null
  const problem = isTime && (seconds === null ? "Write a time as 0:01:02.345." : (field.name === "start" ? other - seconds : seconds - other) < 0.1 ? "A line starts at least 0.1 s before it ends." : "")
  if (isTime) {
    field.setCustomValidity(problem)
    field.setAttribute("aria-invalid", String(Boolean(problem)))
    if (problem) return field.reportValidity()
  }
  if (value === before && !draft.added) delete draft[field.name]
  else draft[field.name] = isTime ? seconds : value
  setDrafts({ [key]: draft }, { label: `Edit of ${field.getAttribute("aria-label") ?? "the line"}`, revision: revision(), field: isTime ? "" : `${field.name} ${key}` })
  announceLines()
}

/** Fill a row with its drafts, and the speakers into its select. */
function showRow(row) {
  const key = row.dataset.line
  if (!key) return
  const draft = listDrafts()[key] ?? {}
  const speakers = row.querySelector("select[name=speaker]")
  if (speakers && speakers.options.length < 2) {
    for (const { value, text } of at("speakers").options) if (value !== speakers.value) speakers.add(new Option(text, value))
  }
  row.classList.toggle("draft", key in listDrafts())
  showRefusal(row, key)
  row.classList.toggle("deleted", Boolean(draft.deleted ?? findServed(key)?.deleted))
  row.classList.toggle("chosen", key === chosen)
  for (const field of fieldsOf(row)) {
    const { value, before } = readField(field)
    const wanted = draft[field.name] ?? before
    const shown = TIMES.includes(field.name) && typeof wanted === "number" ? formatTimestamp(wanted) : wanted
    if (value !== shown && !(field === document.activeElement && field.dataset.typing)) writeField(field, shown)
  }
}

/** The row of a new line, from the server's template. */
function makeRow(key) {
  const row = at("line-template").content.firstElementChild.cloneNode(true)
  row.id = `script-${key}`
  row.dataset.line = key
  row.querySelector("[data-seek]").dataset.seek = listDrafts()[key].start
  for (const each of row.querySelectorAll("[aria-label]")) each.setAttribute("aria-label", each.getAttribute("aria-label").replace("line new", `new line ${key.slice(1)}`))
  return row
}

/** The server's order with the new lines at their start. */
function arrangeRows(order) {
  const added = listLines().filter((line) => line.added)
  if (!added.length || order[0] === "none") return order
  const starts = new Map(listLines().map((line) => [line.key, line.start]))
  const merged = [...order]
  for (const line of added) {
    const place = merged.findIndex((key) => (starts.get(key) ?? Infinity) > line.start)
    merged.splice(place < 0 ? merged.length : place, 0, line.key)
  }
  return merged
}

function showDrafts() {
  if (!at("drafts") || !list) return
  list.rearrange()
  list.drawn.forEach(showRow)
  const count = countDrafts()
  at("drafts").hidden = count === 0
  const elsewhere = describeChanges()
  const said = `${count} line${count === 1 ? "" : "s"} changed${elsewhere ? `. ${elsewhere}` : ""}`
  if (count && at("drafts-said").textContent !== said) at("drafts-said").textContent = said
  for (const button of document.querySelectorAll("[data-restore]")) button.disabled = button.dataset.restore in listDrafts()
  for (const button of document.querySelectorAll("[data-command=undo]")) button.disabled = !canUndo()
  for (const button of document.querySelectorAll("[data-command=redo]")) button.disabled = !canRedo()
}

/** Key of the current line: the last one focused, clicked or chosen on the timeline. */
export const chosenLine = () => chosen

/** Make a line the current one. `reveal`: scroll to its row, `page`: also the page for it; `focus`: name of the field to focus. */
export function chooseLine(key, { reveal = true, page = true, focus = "" } = {}) {
  chosen = key
  const row = reveal ? list?.reveal(key, { block: "nearest", page }) : list?.drawn.get(key)
  list?.drawn.forEach((each, other) => each.classList.toggle("chosen", other === key))
  if (focus) row?.querySelector(`[name=${focus}]`)?.focus({ preventScroll: true })
  document.dispatchEvent(new CustomEvent("line-chosen"))
  return row
}

/** Scroll to the row with this id, such as `script-12`; null where there is none. */
export const revealRow = (id) => (id.startsWith("script-") ? list?.reveal(id.slice(7)) : null) ?? null

/** Rows in sight, by key. */
export const drawnRows = () => list?.drawn ?? new Map()

/** Take the server's changes of the rows. */
export const updateRows = (change) => list?.update(change)

function hear(button, showToast) {
  const number = button.dataset.line ?? button.closest("tr").dataset.line
  const tag = button.dataset.language ?? language()
  playClip(button, `api/tasks/${filmId()}/lines/${number}/${button.dataset.hear}${button.dataset.hear === "take" ? `?language=${tag}` : ""}`, showToast)
}

function handleClick(event, { showToast, tell }) {
  const row = event.target.closest?.("#script > tr[data-line]")
  if (row) chooseLine(row.dataset.line, { reveal: false })
  const button = event.target.closest?.("button")
  if (!button) return
  if (button.id === "drafts-keep") sendDrafts({ showToast, tell })
  if (button.id === "drafts-drop") dropDrafts()
  if (button.dataset.hear) hear(button, showToast)
  if (button.dataset.undo) {
    const nothing = Object.fromEntries(button.dataset.undo.split(" ").map((name) => [name, null]))
    sendEdits([{ number: Number(row.dataset.line), language: language(), ...nothing }], { showToast, tell })
  }
}

/** Drop all drafts. This is a step as well: it can be undone. */
function dropDrafts() {
  setDrafts(Object.fromEntries(Object.keys(listDrafts()).map((key) => [key, null])), { label: "Discard", revision: revision() })
  announceLines()
}

function listen(page) {
  const { signal } = page
  const field = (event) => event.target.closest?.("#script tr[data-line]") && FIELDS.includes(event.target.name)
  document.addEventListener("input", (event) => {
    if (!field(event)) return
    event.target.dataset.typing = "yes"
    recordChange(event.target, { complete: false })
  }, { signal })
  document.addEventListener("change", (event) => { if (field(event)) { delete event.target.dataset.typing; recordChange(event.target, { complete: true }) } }, { signal })
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#script > tr[data-line]")
    if (row && row.dataset.line !== chosen) chooseLine(row.dataset.line, { reveal: false })
  }, { signal })
  document.addEventListener("focusout", (event) => { delete event.target.dataset?.typing }, { signal })
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || !field(event)) return
    event.preventDefault() // texts have no line breaks
    if (TIMES.includes(event.target.name)) recordChange(event.target, { complete: true })
  }, { signal })
  document.addEventListener("submit", (event) => { if (event.target.id === "script-form") event.preventDefault() }, { signal })
  document.addEventListener("click", (event) => handleClick(event, page), { signal })
  document.addEventListener("lines-changed", showDrafts, { signal })
}

/** Scroll to the row of an old link's `from=`, once. */
function showOffset() {
  const from = Number(new URLSearchParams(location.search).get("from") ?? 0)
  if (!from || list.shownOffset === from || list.served.length <= from) return
  list.shownOffset = from
  list.reveal(list.served[from], { block: "start" })
}

export const script = {
  begin(page) { this.page = page; listen(page) },
  look() {
    const element = at("script")
    if (!element || (list && list.element !== element)) list = chosen = null // of the page that was left
    if (!element) return
    loadLines()
    if (list?.element !== element) list = new VirtualList(element, { onRow: showRow, arrange: arrangeRows, make: makeRow, signal: this.page.signal })
    showDrafts()
    showOffset()
  },
}
