// Selection of videos in the library, and actions on all of them at once. The selection outlives pages of the list, not its filter.

import { chooseLanguages } from "./choose_languages.js"
import { confirmAction, requestJson } from "./dialogs.js"
import { at } from "./page.js"
import { showToast } from "./toast.js"

const MAX_TASKS = 500, MAX_PROBED_TASKS = 50 // of one request

/** Actions: what is done (in the question and on its button), the request, and the words of the outcome. */
const ACTIONS = {
  retry: { label: "Retry", ask: "Queue them again? Finished stages are not repeated.", done: "queued again" },
  cancel: { label: "Stop", ask: "Stop dubbing them? Retry resumes them.", done: "cancelled" },
  purge: { label: "Re-dub", ask: "Discard all their cached stages and dub them again from scratch?", done: "queued to be re-dubbed" },
  delete: { label: "Delete", ask: "Delete these tasks and everything that was made for them? The source files are kept.", done: "deleted" },
  interactive: { label: "Change", ask: "Give them normal priority?", done: "changed", request: { action: "priority", priority: "interactive" } },
  bulk: { label: "Change", ask: "Dub them after all other videos?", done: "changed", request: { action: "priority", priority: "bulk" } },
}

const selected = new Set()
let filter = "" // of the list that the selection was made in
let anchor // of a selection with shift: the box that was clicked before
let isBusy = false

const boxes = () => [...document.querySelectorAll("#tasks input.select")]
const countVideos = (count) => (count === 1 ? "1 video" : `${count.toLocaleString("en")} videos`)

function readFilter() {
  const query = new URLSearchParams(location.search)
  return new URLSearchParams([...query].filter(([name]) => name === "status" || name === "search")).toString()
}

/** Show the selection in the boxes and the bar. */
function show() {
  const bar = at("bulk")
  if (!bar) return
  if (readFilter() !== filter) {
    filter = readFilter()
    selected.clear()
  }
  const all = boxes()
  for (const box of all) box.checked = selected.has(Number(box.value))
  bar.hidden = !selected.size
  at("bulk-count").textContent = `${countVideos(selected.size)} selected`
  for (const button of bar.querySelectorAll("button")) button.disabled = isBusy
  const page = at("select-page")
  page.checked = all.length > 0 && all.every((box) => box.checked)
  page.indeterminate = !page.checked && all.some((box) => box.checked)
}

function mark(box, isSelected) {
  if (isSelected) selected.add(Number(box.value))
  else selected.delete(Number(box.value))
}

/** Select what lies between two boxes as well. */
function markRange(from, to) {
  const all = boxes()
  const [first, last] = [all.findIndex((box) => box.value === from), all.indexOf(to)].sort((a, b) => a - b)
  if (first >= 0) all.slice(first, last + 1).forEach((box) => mark(box, to.checked))
}

async function selectAll() {
  const asked = filter
  const { ids } = await requestJson(`api/tasks/ids?${asked}`)
  if (!at("bulk") || readFilter() !== asked) return // they are of another list
  ids.forEach((id) => selected.add(id))
}

/** Send a request for the selection in parts; resolves to the outcomes. */
async function send(request, ids) {
  const size = request.action === "add_languages" ? MAX_PROBED_TASKS : MAX_TASKS
  const outcomes = []
  for (let first = 0; first < ids.length; first += size) {
    if (first) showToast({ text: `${first.toLocaleString("en")} of ${countVideos(ids.length)} …`, bad: false })
    outcomes.push(...(await requestJson("api/tasks/bulk", { method: "POST", json: { ...request, ids: ids.slice(first, first + size) } })).outcomes)
  }
  return outcomes
}

/** Request of an action, once it is confirmed; undefined where it was not. */
async function confirmRequest(name, count) {
  if (name === "add_languages") {
    const tags = await chooseLanguages(`Add languages to ${countVideos(count)}`)
    return tags.length ? { action: name, target_langs: tags } : undefined
  }
  const { label, ask, request } = ACTIONS[name]
  const question = { film: countVideos(count), ask, no: "Cancel", yes: `${label} ${countVideos(count)}` }
  return (await confirmAction({ dataset: question })) ? request ?? { action: name } : undefined
}

async function run(name, tell) {
  const ids = [...selected]
  const request = await confirmRequest(name, ids.length)
  if (!request) return
  isBusy = true
  show()
  try {
    const outcomes = await send(request, ids)
    const refused = outcomes.filter(({ changed }) => !changed)
    const done = `${countVideos(outcomes.length - refused.length)} ${ACTIONS[name]?.done ?? "queued for the added languages"}.`
    const reasons = refused.length ? ` ${refused.length.toLocaleString("en")} not, such as: ${refused[0].message}.` : ""
    showToast({ text: done + reasons, bad: refused.length > 0 })
    outcomes.forEach(({ id, changed }) => { if (changed) selected.delete(id) }) // what was refused can be looked at
  } finally {
    isBusy = false
    tell({ refresh: true })
    show()
  }
}

async function act(name, tell) {
  if (isBusy) return
  try {
    if (name === "clear") selected.clear()
    else if (name === "all") await selectAll()
    else await run(name, tell)
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
  show()
}

export const selection = {
  look: show,
  begin({ tell, signal }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button[data-bulk]")
      if (button) act(button.dataset.bulk, tell)
      if (!event.target.matches?.("#tasks input.select")) return
      mark(event.target, event.target.checked)
      if (event.shiftKey && anchor) markRange(anchor, event.target)
      anchor = event.target.value
      show()
    }, { signal })
    document.addEventListener("change", (event) => {
      if (event.target.id !== "select-page") return
      boxes().forEach((box) => mark(box, event.target.checked))
      show()
    }, { signal })
  },
}
