// The form that adds videos: files for the upload queue, dropped anywhere on the page, or a path on the server.

import { chosenTracks, clearTracks, requireTargets, say, selectedSource, selectedTargets } from "./dub_options.js"
import { at } from "./page.js"
import { addPath } from "./server_films.js"
import { showToast } from "./toast.js"
import { queueUploads } from "./upload_queue.js"
import { keepHandles } from "./upload_storage.js"

const SUBTITLES = /\.(srt|ass|ssa|vtt)$/i
const stem = (name) => name.replace(/\.[^.]*$/, "")

/** Videos among the files, each with the subtitle files of its name: film.en.srt beside film.mkv. */
function groupUploads(files) {
  const films = files.filter((file) => !SUBTITLES.test(file.name))
  return films.map((film) => ({
    film,
    subtitles: files.filter((file) => SUBTITLES.test(file.name) && file.name.startsWith(`${stem(film.name)}.`)),
  }))
}

function upload(form, files) {
  const films = groupUploads(files)
  if (!films.length) return say("upload-said", "Subtitles without a video. Add both together.", true)
  if (!requireTargets("upload-said")) return
  const fields = [["target_langs", selectedTargets().join(",")], ["source_lang", selectedSource()]]
  queueUploads(films, [...fields, ...Object.entries(chosenTracks())])
  say("upload-said", "")
  form.elements.file.value = ""
  clearTracks()
  showChosen()
}

function showChosen() {
  const files = [...at("file").files]
  const [title, hint] = at("drop").querySelectorAll("span")
  title.hidden = files.length > 0
  hint.textContent = files.length ? files.map((file) => file.name).join(", ") : "Matching .srt files are included"
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
    for (const kind of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(kind, (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return
        event.preventDefault() // the browser must not open a file that is dropped anywhere
        document.body.classList.toggle("dropping", kind === "dragover")
        if (kind === "drop") takeDrop(event.dataTransfer)
      }, { signal })
    }
  },
}

/** Files that were dropped anywhere on the page: the form takes them, and nothing is uploaded before its languages are chosen. */
function takeDrop({ files, items }) {
  if (!files.length) return showToast({ text: "A folder cannot be dropped. Drop its files.", bad: true })
  if (!at("file")) return showToast({ text: "Videos are added on the Dubs page. Open it, and drop them there.", bad: true })
  keepHandles(items)
  at("file").files = files
  showChosen()
  at("drop").scrollIntoView({ block: "nearest" })
}
