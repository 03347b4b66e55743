// Edits of the script: collected as drafts in session storage, and sent together, so that the film is re-dubbed once.

import { ask } from "./dialogs.js"
import { documentOf } from "./figures.js"
import { playClip } from "./audio_clips.js"
import { at } from "./page.js"
import { current } from "./player.js"

const FIELDS = ["text", "source_text", "speaker", "skip"]
const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const storageKey = () => `dubarr-drafts-${film()}-${language()}`
const drafts = () => JSON.parse(sessionStorage.getItem(storageKey()) ?? "{}") // line → { field: value }
const keep = (all) => sessionStorage.setItem(storageKey(), JSON.stringify(all))

/** A field's value, and what it was before anybody changed it. */
const read = (field) => {
  if (field.type === "checkbox") return { value: field.checked, before: field.defaultChecked }
  if (field.nodeName === "SELECT") return { value: field.value, before: [...field.options].find((option) => option.defaultSelected)?.value ?? field.value }
  return { value: field.value, before: field.defaultValue }
}

function write(field, value) {
  if (field.type === "checkbox") field.checked = value
  else field.value = value
}

const fieldsOf = (row) => FIELDS.map((name) => row.querySelector(`[name=${name}]`)).filter(Boolean)

function changed(field) {
  const row = field.closest("tr")
  const all = drafts()
  const line = { ...all[row.dataset.line] }
  const { value, before } = read(field)
  if (value === before) delete line[field.name]
  else line[field.name] = value
  if (Object.keys(line).length) all[row.dataset.line] = line
  else delete all[row.dataset.line]
  keep(all)
  show()
}

/** Put drafts into the rows that are here, and say how many there are. */
function show() {
  const all = drafts()
  const count = Object.keys(all).length
  for (const row of document.querySelectorAll("#script > tr[data-line]")) {
    const line = all[row.dataset.line] ?? {}
    row.classList.toggle("draft", Boolean(all[row.dataset.line]))
    for (const field of fieldsOf(row)) {
      const { value, before } = read(field)
      const wanted = line[field.name] ?? before
      if (value !== wanted && field !== document.activeElement) write(field, wanted)
    }
  }
  at("drafts").hidden = count === 0
  const said = `${count} line${count === 1 ? "" : "s"} changed`
  if (count && at("drafts-said").textContent !== said) at("drafts-said").textContent = said
}

async function send(edits, say, tell) {
  try {
    await ask(`api/tasks/${film()}/lines`, { method: "PATCH", json: { edits } })
    say({ text: "Saved. The changed lines are re-dubbed.", bad: false })
    tell({ poke: true })
    return true
  } catch (error) {
    say({ text: error.message, bad: true })
    return false
  }
}

async function keepDrafts(say, tell) {
  const [all, tag] = [drafts(), language()]
  const edits = Object.entries(all).map(([number, line]) => ({ number: Number(number), language: tag, ...line, ...("skip" in line ? { skip: line.skip || null } : {}) }))
  const button = at("drafts-keep")
  button.disabled = true
  if (await send(edits, say, tell)) settle(all)
  button.disabled = false
}

/** What was sent is what there is now, until the server tells more. */
function settle(sent) {
  for (const [number, line] of Object.entries(sent)) {
    const row = at(`script-${number}`)
    if (!row) continue
    for (const field of fieldsOf(row)) {
      if (!(field.name in line)) continue
      if (field.type === "checkbox") field.defaultChecked = line[field.name]
      else if (field.nodeName === "SELECT") for (const option of field.options) option.defaultSelected = option.value === line[field.name]
      else field.defaultValue = line[field.name]
    }
  }
  keep({})
  show()
}

/** A line chosen in the timeline: its row, wherever in the script it is. */
function choose(number) {
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
    choose(number)
    const row = at(`script-${number}`)
    if (row && current()) current().seek(Number(row.dataset.start))
  })
}

export const script = {
  begin({ signal, say, tell }) {
    const field = (event) => event.target.closest?.("#script tr[data-line]") && FIELDS.includes(event.target.name)
    document.addEventListener("input", (event) => { if (field(event)) changed(event.target) }, { signal })
    document.addEventListener("change", (event) => { if (field(event)) changed(event.target) }, { signal })
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && field(event)) event.preventDefault() // a line of a dub is one line
    }, { signal })
    document.addEventListener("submit", (event) => { if (event.target.id === "script-form") event.preventDefault() }, { signal })
    document.addEventListener("drawn", listenToTimeline, { signal })
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button")
      if (!button) return
      const row = button.closest("tr[data-line]")
      if (button.id === "drafts-drop") { keep({}); show() }
      if (button.id === "drafts-keep") keepDrafts(say, tell)
      if (button.dataset.hear) {
        const number = button.dataset.line ?? row.dataset.line
        const tag = button.dataset.language ?? language()
        playClip(button, `api/tasks/${film()}/lines/${number}/${button.dataset.hear}${button.dataset.hear === "take" ? `?language=${tag}` : ""}`, say)
      }
      if (button.dataset.undo) {
        const nothing = Object.fromEntries(button.dataset.undo.split(" ").map((name) => [name, null]))
        send([{ number: Number(row.dataset.line), language: language(), ...nothing }], say, tell)
      }
    }, { signal })
  },
  look() {
    if (!at("script")) return
    show()
    if (wanted !== null && at(`script-${wanted}`)) choose(wanted)
  },
}
