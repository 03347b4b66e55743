// Upload queue: films are sent two at a time, whatever page is shown. Each can be cancelled and sent again; a reload asks first.

import { at } from "./page.js"

const AT_ONCE = 2 // they share the disk and the bandwidth
const SHOWN_MS = 8000 // of an upload that was added
const WAITING = "waiting", SENDING = "sending", ADDED = "added", FAILED = "failed"

/** Uploads in their order: film and subtitles (files), fields (of the form), state, sent (bytes), message, task. */
const uploads = []

const countIn = (...states) => uploads.filter((each) => states.includes(each.state)).length

/** True while films wait or are being sent: leaving the page would end them. */
export const isUploading = () => countIn(WAITING, SENDING) > 0

/** Add films to the queue. `films`: of `{film, subtitles}`; `fields`: of the form, as pairs of name and value. */
export function queueUploads(films, fields) {
  for (const { film, subtitles } of films) uploads.push({ film, subtitles, fields, state: WAITING, sent: 0, message: "" })
  sendNext()
}

function sendNext() {
  while (countIn(SENDING) < AT_ONCE) {
    const next = uploads.find((each) => each.state === WAITING)
    if (!next) break
    send(next)
  }
  show()
}

function send(upload) {
  const body = new FormData()
  for (const [name, value] of upload.fields) body.append(name, value)
  upload.subtitles.forEach((file) => body.append("subtitles", file))
  body.append("file", upload.film)
  const request = new XMLHttpRequest()
  Object.assign(upload, { state: SENDING, sent: 0, message: "", request })
  request.upload.onprogress = ({ loaded, total }) => {
    upload.sent = Math.min(upload.film.size, (upload.film.size * loaded) / total)
    upload.message = loaded < total ? "" : "Processing …"
    show()
  }
  request.onload = () => end(upload, readAnswer(request))
  request.onerror = () => end(upload, { message: "Upload interrupted. Check the connection, then retry." })
  request.onabort = () => remove(upload)
  request.open("POST", "upload")
  request.setRequestHeader("Accept", "application/json")
  request.send(body)
}

/** Outcome of an answer: its task, or a message. */
function readAnswer(request) {
  try {
    const found = JSON.parse(request.responseText)
    return request.status < 400 ? { task: found.id } : { message: found.detail }
  } catch {
    return { message: `Upload failed (${request.status}).` }
  }
}

function end(upload, { task, message }) {
  Object.assign(upload, { state: task === undefined ? FAILED : ADDED, task, message, request: undefined })
  if (task !== undefined) setTimeout(() => remove(upload), SHOWN_MS)
  sendNext()
}

function remove(upload) {
  const row = uploads.indexOf(upload)
  if (row >= 0) uploads.splice(row, 1)
  upload.row?.remove()
  sendNext()
}

function cancel(upload) {
  if (upload.request) upload.request.abort()
  else remove(upload)
}

function retry(upload) {
  Object.assign(upload, { state: WAITING, sent: 0, message: "" })
  sendNext()
}

/** Percentage of the bytes of these uploads that were sent. */
function percentOf(some) {
  const total = some.reduce((sum, each) => sum + each.film.size, 0)
  const sent = some.reduce((sum, each) => sum + (each.state === ADDED || each.state === FAILED ? each.film.size : each.sent), 0)
  return total ? Math.floor((100 * sent) / total) : 0
}

/** Draw the queue into its element of the shell. */
function show() {
  const section = at("uploads")
  section.hidden = !uploads.length
  const ended = countIn(ADDED, FAILED), failed = countIn(FAILED)
  at("uploads-bar").value = percentOf(uploads)
  at("uploads-bar").hidden = !isUploading()
  at("uploads-count").textContent = isUploading()
    ? `${ended + 1} of ${uploads.length} · ${percentOf(uploads)} %${failed ? ` · ${failed} failed` : ""}`
    : failed ? `${failed} failed` : "Complete"
  for (const upload of uploads) {
    upload.row ??= drawRow(upload)
    updateRow(upload)
    if (upload.row.parentElement !== at("sending")) at("sending").append(upload.row)
  }
}

function drawRow(upload) {
  const row = document.createElement("li")
  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: label, ariaLabel: `${label} ${upload.film.name}` })
    made.addEventListener("click", () => act(upload))
    return made
  }
  upload.name = Object.assign(document.createElement("a"), { textContent: upload.film.name, className: "name" })
  upload.bar = Object.assign(document.createElement("progress"), { max: 100, ariaLabel: `Upload of ${upload.film.name}` })
  upload.said = Object.assign(document.createElement("span"), { className: "said" })
  upload.again = button("Retry", retry)
  upload.stop = button("Cancel", cancel)
  row.append(upload.name, upload.bar, upload.said, upload.again, upload.stop)
  return row
}

function updateRow(upload) {
  const { state, row } = upload
  row.className = state === FAILED ? "bad" : state === ADDED ? "good" : ""
  upload.bar.hidden = state !== SENDING
  upload.bar.value = percentOf([upload])
  const words = { [WAITING]: "Waiting", [SENDING]: upload.message || `${percentOf([upload])} %`, [ADDED]: "Added", [FAILED]: upload.message }
  if (upload.said.textContent !== words[state]) upload.said.textContent = words[state]
  upload.name.hidden = state === FAILED && upload.message.includes(upload.film.name) // a refusal names the film itself
  if (state === ADDED) Object.assign(upload.name, { href: `?task=${upload.task}` }).dataset.go = ""
  upload.again.hidden = state !== FAILED
  upload.stop.hidden = state === ADDED
  upload.stop.textContent = state === FAILED ? "Remove" : "Cancel"
  upload.stop.ariaLabel = `${upload.stop.textContent} ${upload.film.name}`
}

addEventListener("beforeunload", (event) => { if (isUploading()) event.preventDefault() })
