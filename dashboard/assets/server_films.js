// Films on the server: one by its path, or many of a folder by the browse dialog.

import { requestJson } from "./dialogs.js"
import { chosenTracks, clearTracks, namesOfTargets, requireTargets, say, selectedSource, selectedTargets } from "./dub_options.js"
import { at } from "./page.js"

/** Request for the film at a path, with the form's options. */
function buildRequest(path) {
  const { audio_track, speakers, ...rest } = chosenTracks()
  const source = selectedSource()
  return {
    path, include_extras: true, target_langs: selectedTargets(), ...rest,
    ...(speakers ? { speakers: Number(speakers) } : {}), ...(audio_track ? { audio_track: Number(audio_track) } : {}), ...(source ? { source_lang: source } : {}),
  }
}

let asked = 0 // number of the latest folder: the answers to older ones are dropped
let isAdding = false

const sendRequest = (request) => requestJson("webhook", { method: "POST", json: request })

export async function addPath(form) {
  if (!requireTargets("path-said")) return
  const { path } = form.elements
  const sent = path.value
  try {
    const { status, detail } = await sendRequest(buildRequest(sent.trim()))
    say("path-said", status === "queued" ? "Added." : detail ?? `Already in the list (${status}).`)
    if (path.value === sent) form.reset()
    clearTracks()
  } catch (error) {
    say("path-said", error.message, true)
  }
}

const boxes = () => [...at("library-list").querySelectorAll("input[type=checkbox]")]
const shownBoxes = () => boxes().filter((box) => !box.closest("li").hidden)
const checkedBoxes = () => boxes().filter((box) => box.checked)

/** Show how many films the button adds, and whether all that can be added are selected. */
function showSelection() {
  const selected = checkedBoxes().length
  const open = shownBoxes().filter((box) => !box.dataset.task)
  const button = at("library-add")
  button.textContent = selected === 1 ? "Add 1 video" : `Add ${selected} videos`
  button.disabled = !selected || isAdding
  const all = at("library-all")
  all.checked = open.length > 0 && open.every((box) => box.checked)
  all.indeterminate = !all.checked && selected > 0
  all.disabled = !open.length
}

function drawFolder(label, path) {
  const row = document.createElement("li")
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, className: "plain" })
  button.addEventListener("click", () => browse(path))
  row.append(button)
  return row
}

function drawFilm({ name, path, task }) {
  const row = document.createElement("li")
  const label = document.createElement("label")
  const box = Object.assign(document.createElement("input"), { type: "checkbox", value: path })
  if (task) box.dataset.task = task
  label.append(box, Object.assign(document.createElement("span"), { textContent: name }))
  row.append(label)
  if (task) row.append(Object.assign(document.createElement("a"), { className: "soft", textContent: "already added", href: `?task=${task}` }))
  row.querySelector("a")?.setAttribute("data-go", "")
  return row
}

/** Show a folder of the server's library; without one, the list of its roots. */
async function browse(folder) {
  const list = at("library-list")
  const mine = ++asked
  say("library-said", "")
  at("library-filter").value = ""
  try {
    const found = await requestJson(`api/library${folder ? `?folder=${encodeURIComponent(folder)}` : ""}`)
    if (mine !== asked) return
    at("library-folder").textContent = found.folder ?? "Library folders"
    list.replaceChildren(
      ...(found.folder ? [drawFolder("↑ Up", found.parent)] : []),
      ...found.folders.map((each) => drawFolder(`${each.name}/`, each.path)),
      ...found.films.map(drawFilm),
    )
    at("library-tools").hidden = !found.films.length
    if (!list.children.length) say("library-said", "No videos in this folder.")
    list.querySelector("button, input")?.focus()
  } catch (error) {
    if (mine === asked) say("library-said", error.message, true)
  }
  showSelection()
}

/** Hide rows without the words of the filter, in any order; hidden films are not selected. */
function filterRows() {
  const words = at("library-filter").value.toLowerCase().split(/\s+/)
  for (const row of at("library-list").children) {
    row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word))
    if (row.hidden) for (const box of row.querySelectorAll("input")) box.checked = false
  }
  showSelection()
}

/** Add the selected films one after another; those that are refused stay selected, with the reasons. */
async function addSelected() {
  if (isAdding || !requireTargets("library-said")) return
  const [selected, refused] = [checkedBoxes(), []]
  const request = buildRequest("")
  isAdding = true
  showSelection()
  for (const [number, box] of selected.entries()) {
    say("library-said", `Adding ${number + 1} of ${selected.length} …`)
    try {
      const { status, detail } = await sendRequest({ ...request, path: box.value })
      if (status === "ignored") throw new Error(`${box.nextSibling.textContent}: ${detail}`)
      box.checked = false
      box.dataset.task = "added"
      if (!box.closest("li").querySelector(".soft")) box.closest("li").append(Object.assign(document.createElement("span"), { className: "soft", textContent: "added" }))
    } catch (error) {
      refused.push(error.message)
    }
  }
  isAdding = false
  clearTracks()
  const added = selected.length - refused.length
  say("library-said", [`${added} of ${selected.length} added.`, ...refused.slice(0, 5)].join("\n"), refused.length > 0)
  showSelection()
}

export const serverFilms = {
  begin({ signal }) {
    document.addEventListener("click", (event) => {
      if (event.target.id === "library-add") addSelected()
      if (event.target.matches("#library a")) at("library").close()
      if (event.target.id !== "browse") return
      const names = namesOfTargets()
      at("library-targets").textContent = names.length ? `Into ${names.join(", ")}` : "No target language is ticked"
      at("library").showModal()
      browse()
    }, { signal })
    document.addEventListener("change", (event) => {
      if (event.target.id === "library-all") {
        for (const box of shownBoxes()) if (!box.dataset.task) box.checked = event.target.checked
      }
      if (event.target.closest?.("#library")) showSelection()
    }, { signal })
    document.addEventListener("input", (event) => { if (event.target.id === "library-filter") filterRows() }, { signal })
    document.addEventListener("keydown", (event) => { // Enter in the filter would close the dialog's form
      if (event.key === "Enter" && event.target.id === "library-filter") event.preventDefault()
    }, { signal })
  },
}
