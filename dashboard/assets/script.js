// Edits of the script: collected as drafts in session storage, and sent together, so that the film is re-dubbed once.

import { requestJson } from "./dialogs.js"
import { documentOf } from "./figures.js"
import { playClip } from "./audio_clips.js"
import { at } from "./page.js"
import { currentPlayer } from "./player.js"

const FIELDS = ["text", "source_text", "speaker", "skip"]
const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const storageKey = () => `dubarr-drafts-${film()}-${language()}`
const readDrafts = () => JSON.parse(sessionStorage.getItem(storageKey()) ?? "{}") // line → { field: value }
const storeDrafts = (all) => sessionStorage.setItem(storageKey(), JSON.stringify(all))

/** A field's value, and its value before any change. */
const readField = (field) => {
  if (field.type === "checkbox") return { value: field.checked, before: field.defaultChecked }
  if (field.nodeName === "SELECT") return { value: field.value, before: [...field.options].find((option) => option.defaultSelected)?.value ?? field.value }
  return { value: field.value, before: field.defaultValue }
}

function writeField(field, value) {
  if (field.type === "checkbox") field.checked = value
  else field.value = value
}

const fieldsOf = (row) => FIELDS.map((name) => row.querySelector(`[name=${name}]`)).filter(Boolean)

function recordChange(field) {
  const row = field.closest("tr")
  const all = readDrafts()
  const line = { ...all[row.dataset.line] }
  const { value, before } = readField(field)
  if (value === before) delete line[field.name]
  else line[field.name] = value
  if (Object.keys(line).length) all[row.dataset.line] = line
  else delete all[row.dataset.line]
  storeDrafts(all)
  showDrafts()
}

/** Fill the drafts into the visible rows, and show their number. */
function showDrafts() {
  const all = readDrafts()
  const count = Object.keys(all).length
  for (const row of document.querySelectorAll("#script > tr[data-line]")) {
    const line = all[row.dataset.line] ?? {}
    row.classList.toggle("draft", Boolean(all[row.dataset.line]))
    for (const field of fieldsOf(row)) {
      const { value, before } = readField(field)
      const wanted = line[field.name] ?? before
      if (value !== wanted && field !== document.activeElement) writeField(field, wanted)
    }
  }
  at("drafts").hidden = count === 0
  const said = `${count} line${count === 1 ? "" : "s"} changed`
  if (count && at("drafts-said").textContent !== said) at("drafts-said").textContent = said
}

async function sendEdits(edits, showToast, tell) {
  try {
    const found = await requestJson(`api/tasks/${film()}/lines`, { method: "PATCH", json: { edits } })
    showToast(found.detail ? { text: found.detail, bad: true } : { text: "Saved. The changed lines are re-dubbed.", bad: false })
    tell({ refresh: true })
    return found
  } catch (error) {
    showToast({ text: error.message, bad: true })
    return null
  }
}

async function saveDrafts(showToast, tell) {
  const [all, tag] = [readDrafts(), language()]
  const edits = Object.entries(all).map(([number, line]) => ({ number: Number(number), language: tag, ...line, ...("skip" in line ? { skip: line.skip || null } : {}) }))
  const button = at("drafts-keep")
  button.disabled = true
  const found = await sendEdits(edits, showToast, tell)
  if (found) applySentEdits(all, found.refused ?? [])
  button.disabled = false
}

/** Make sent edits the fields' defaults, until the server sends the rows (optimistic update). Refused lines stay drafts. */
function applySentEdits(sent, refused) {
  const kept = Object.fromEntries(refused.filter(({ number }) => number in sent).map(({ number }) => [number, sent[number]]))
  for (const [number, line] of Object.entries(sent)) {
    if (number in kept) continue
    const row = at(`script-${number}`)
    if (!row) continue
    for (const field of fieldsOf(row)) {
      if (!(field.name in line)) continue
      if (field.type === "checkbox") field.defaultChecked = line[field.name]
      else if (field.nodeName === "SELECT") for (const option of field.options) option.defaultSelected = option.value === line[field.name]
      else field.defaultValue = line[field.name]
    }
  }
  storeDrafts(kept)
  showDrafts()
}

/** Select the row of a line of the timeline, on whichever page of the script it is. */
function selectLine(number) {
  const row = at(`script-${number}`)
  if (!row) {
    const query = new URLSearchParams(location.search)
    for (const name of ["search", "lines"]) query.delete(name)
    query.set("from", Math.floor((number - 1) / 50) * 50)
    wanted = number
    history.pushState(null, "", `?${query}`)
    dispatchEvent(new PopStateEvent("popstate"))
    return
  }
  wanted = null
  for (const other of document.querySelectorAll("#script > tr.chosen")) other.classList.remove("chosen")
  row.classList.add("chosen")
  row.scrollIntoView({ block: "center" })
}

let wanted = null

function listenToTimeline({ target, detail }) {
  if (target.id !== "figure-timeline" || !detail) return
  const lines = detail.get_model_by_name("lines")
  lines?.selected.change.connect(() => {
    const [first] = lines.selected.indices
    if (first === undefined) return
    const number = lines.data.number[first]
    selectLine(number)
    const row = at(`script-${number}`)
    if (row && currentPlayer()) currentPlayer().seek(Number(row.dataset.start))
  })
}

export const script = {
  begin({ signal, showToast, tell }) {
    const field = (event) => event.target.closest?.("#script tr[data-line]") && FIELDS.includes(event.target.name)
    document.addEventListener("input", (event) => { if (field(event)) recordChange(event.target) }, { signal })
    document.addEventListener("change", (event) => { if (field(event)) recordChange(event.target) }, { signal })
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && field(event)) event.preventDefault() // texts have no line breaks
    }, { signal })
    document.addEventListener("submit", (event) => { if (event.target.id === "script-form") event.preventDefault() }, { signal })
    document.addEventListener("drawn", listenToTimeline, { signal })
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button")
      if (!button) return
      const row = button.closest("tr[data-line]")
      if (button.id === "drafts-drop") { storeDrafts({}); showDrafts() }
      if (button.id === "drafts-keep") saveDrafts(showToast, tell)
      if (button.dataset.hear) {
        const number = button.dataset.line ?? row.dataset.line
        const tag = button.dataset.language ?? language()
        playClip(button, `api/tasks/${film()}/lines/${number}/${button.dataset.hear}${button.dataset.hear === "take" ? `?language=${tag}` : ""}`, showToast)
      }
      if (button.dataset.undo) {
        const nothing = Object.fromEntries(button.dataset.undo.split(" ").map((name) => [name, null]))
        sendEdits([{ number: Number(row.dataset.line), language: language(), ...nothing }], showToast, tell)
      }
    }, { signal })
  },
  look() {
    if (!at("script")) return
    showDrafts()
    if (wanted !== null && at(`script-${wanted}`)) selectLine(wanted)
  },
}
