// Adds videos: uploads of several files with progress bars, or a path on the server.

import { requestJson } from "./dialogs.js"
import { at } from "./page.js"

const SUBTITLES = /\.(srt|ass|ssa|vtt)$/i
const CHOICES = ["audio_track", "subtitle_track", "glossary"] // of the films that are sent next
const stem = (name) => name.replace(/\.[^.]*$/, "")

/** Videos among the files, each with the subtitle files of its name: film.en.srt beside film.mkv. */
function groupUploads(files) {
  const films = files.filter((file) => !SUBTITLES.test(file.name))
  return films.map((film) => ({
    film,
    subtitles: files.filter((file) => SUBTITLES.test(file.name) && file.name.startsWith(`${stem(film.name)}.`)),
  }))
}

/** Tracks that were chosen, without those that are left to Dubarr, and the glossary. */
function chosenTracks(form) {
  const fields = CHOICES.map((name) => [name, form.elements[name].value.trim()])
  return Object.fromEntries(fields.filter(([, value]) => value))
}

/** The choice is of the films that were sent, not of the next ones. */
function clearTracks(form) {
  for (const name of CHOICES) form.elements[name].value = ""
}

const selectedTargets = (form) => [...form.querySelectorAll("input[name=target]:checked")].map((box) => box.value).join(",")

/** Upload one video in the background; resolves to true when it was accepted. */
function uploadVideo({ film, subtitles }, form, tracks) {
  const row = document.createElement("li")
  const name = Object.assign(document.createElement("span"), { textContent: film.name, className: "name" })
  const bar = Object.assign(document.createElement("progress"), { max: 100, value: 0, ariaLabel: `Upload of ${film.name}` })
  const said = Object.assign(document.createElement("span"), { className: "soft" })
  row.append(name, bar, said)
  at("sending").append(row)
  const body = new FormData()
  body.append("target_langs", selectedTargets(form))
  body.append("source_lang", form.elements.source_lang.value)
  for (const [name, value] of Object.entries(tracks)) body.append(name, value)
  subtitles.forEach((file) => body.append("subtitles", file))
  body.append("file", film)
  return new Promise((ended) => {
    const request = new XMLHttpRequest()
    const end = (text, bad) => {
      bar.hidden = true
      said.textContent = text
      row.className = bad ? "bad" : "good"
      if (!bad) setTimeout(() => row.remove(), 8000)
      ended(!bad)
    }
    const readDetail = () => {
      try { return JSON.parse(request.responseText).detail } catch { return undefined }
    }
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = (100 * loaded) / total
      said.textContent = loaded < total ? `${Math.floor(bar.value)} %` : "Processing …"
    }
    request.onload = () => (request.status < 400 ? end("Added.", false) : end(readDetail() ?? `Upload failed (${request.status}).`, true))
    request.onerror = () => end("Upload interrupted. Check the connection and try again.", true)
    request.open("POST", form.action)
    request.setRequestHeader("Accept", "application/json")
    request.send(body)
  })
}

async function upload(form, files) {
  const films = groupUploads(files)
  const tracks = chosenTracks(form)
  const said = at("upload-said")
  said.textContent = films.length ? "" : "Subtitles without a video. Add both together."
  said.className = films.length ? "" : "bad"
  form.elements.file.value = ""
  if (films.length) clearTracks(form)
  showChosen()
  for (const film of films) await uploadVideo(film, form, tracks) // one after the other: they share the disk and the bandwidth
}

function showChosen() {
  const files = [...at("file").files]
  const [title, hint] = at("drop").querySelectorAll("span")
  title.hidden = files.length > 0
  hint.textContent = files.length ? files.map((file) => file.name).join(", ") : "Matching .srt files are included"
}

async function addPath(form) {
  const said = at("path-said")
  const upload = at("upload")
  const [targets, source] = [selectedTargets(upload), upload.elements.source_lang.value]
  const { audio_track, ...rest } = chosenTracks(upload)
  const tracks = { ...rest, ...(audio_track ? { audio_track: Number(audio_track) } : {}) }
  const wish = { path: form.elements.path.value.trim(), include_extras: true, ...tracks, ...(targets ? { target_langs: targets.split(",") } : {}), ...(source ? { source_lang: source } : {}) }
  try {
    const { status, detail } = await requestJson("webhook", { method: "POST", json: wish })
    said.textContent = status === "queued" ? "Added." : detail ?? `Already in the list (${status}).`
    said.className = "good"
    form.reset()
    clearTracks(upload)
  } catch (error) {
    said.textContent = error.message
    said.className = "bad"
  }
}

/** Browse a folder of the server's library. */
async function browse(folder) {
  const [list, where, said] = [at("library-list"), at("library-folder"), at("library-said")]
  said.textContent = ""
  try {
    const found = await requestJson(`api/library${folder ? `?folder=${encodeURIComponent(folder)}` : ""}`)
    where.textContent = found.folder ?? "Library folders"
    const entry = (label, act, note = "") => {
      const row = document.createElement("li")
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, className: "plain" })
      button.addEventListener("click", act)
      row.append(button, Object.assign(document.createElement("span"), { className: "soft", textContent: note }))
      return row
    }
    list.replaceChildren(
      ...(found.folder ? [entry("↑ Up", () => browse(found.parent))] : []),
      ...found.folders.map((each) => entry(`${each.name}/`, () => browse(each.path))),
      ...found.films.map((each) => entry(each.name, () => { at("path").value = each.path; at("library").close(); at("path").focus() }, each.task ? "already added" : "")),
    )
    if (!list.children.length) said.textContent = "No videos in this folder."
    list.querySelector("button")?.focus()
  } catch (error) {
    said.textContent = error.message
  }
}

export const addFilm = {
  begin({ signal }) {
    document.addEventListener("submit", (event) => {
      const { id } = event.target
      if (id !== "upload" && id !== "by-path") return
      event.preventDefault()
      if (id === "upload") upload(event.target, [...event.target.elements.file.files])
      else addPath(event.target)
    }, { signal })
    document.addEventListener("change", (event) => { if (event.target.id === "file") showChosen() }, { signal })
    document.addEventListener("click", (event) => {
      if (event.target.id !== "browse") return
      at("library").showModal()
      browse()
    }, { signal })
    for (const kind of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(kind, (event) => {
        const drop = event.target.closest?.("#drop")
        if (kind === "dragover" && event.dataTransfer?.types.includes("Files")) event.preventDefault() // the browser must not open a file that is dropped elsewhere
        at("drop")?.classList.toggle("over", Boolean(drop) && kind === "dragover")
        if (kind !== "drop") return
        event.preventDefault()
        if (!drop || !event.dataTransfer.files.length) return
        at("file").files = event.dataTransfer.files // nothing is uploaded yet: the user still chooses languages
        showChosen()
      }, { signal })
    }
  },
}
