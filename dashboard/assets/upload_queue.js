// Upload queue: films are sent two at a time, in parts, whatever page is shown. Each can be paused, cancelled and sent again. After a reload
// an upload goes on by itself where the browser kept the file's handle, else as soon as the same file is chosen again.

import { at } from "./page.js"
import { askOffset, createUpload, deleteUpload, sendFilm } from "./resumable_upload.js"
import { findHandle, forgetUpload, isSameFile, listUploads, rememberUpload } from "./upload_storage.js"

const AT_ONCE = 2 // they share the disk and the bandwidth
const SHOWN_MS = 8000 // of an upload that was added
const TABS_ANSWER_MS = 200
const WAITING = "waiting", SENDING = "sending", PAUSED = "paused", INTERRUPTED = "interrupted", ADDED = "added", FAILED = "failed"

/** Uploads in their order: name, size and modified of the film, the film and its subtitles (files; null after a reload), its handle, fields (of
 * the form), url (of the upload on the service), state, sent (bytes), message, task. */
const uploads = []

const countIn = (...states) => uploads.filter((each) => states.includes(each.state)).length

/** True while films wait or are being sent: leaving the page would interrupt them. */
export const isUploading = () => countIn(WAITING, SENDING) > 0

/** Add films to the queue. `films`: of `{film, subtitles}`; `fields`: of the form, as pairs of name and value. */
export function queueUploads(films, fields) {
  for (const { film, subtitles } of films) {
    const interrupted = uploads.find((each) => each.state === INTERRUPTED && isSameFile(film, each))
    if (interrupted) {
      resumeWith(interrupted, film)
      continue
    }
    const { name, size, lastModified: modified } = film
    uploads.push({ name, size, modified, film, subtitles, fields, handle: findHandle(film), state: WAITING, sent: 0, message: "" })
  }
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

async function send(upload) {
  const stopping = new AbortController()
  Object.assign(upload, { state: SENDING, message: "", stopping })
  try {
    if (!upload.url) {
      upload.url = await createUpload(upload, stopping.signal)
      const { url, name, size, modified, handle } = upload
      await rememberUpload({ url, name, size, modified, handle })
    }
    const onProgress = (sent) => {
      upload.sent = sent
      upload.message = sent < upload.size ? "" : "Processing …"
      show()
    }
    const task = await sendFilm(upload.url, upload.film, { signal: stopping.signal, onProgress })
    end(upload, { state: ADDED, task })
    setTimeout(() => remove(upload), SHOWN_MS)
  } catch (error) {
    if (error.name === "AbortError") return sendNext() // paused or cancelled
    if (error.gone) forget(upload)
    end(upload, { state: FAILED, message: error.message })
  }
}

function end(upload, change) {
  Object.assign(upload, change)
  if (upload.state === ADDED) forget(upload)
  sendNext()
}

function forget(upload) {
  if (upload.url) forgetUpload(upload.url)
  upload.url = undefined
}

function remove(upload) {
  const row = uploads.indexOf(upload)
  if (row >= 0) uploads.splice(row, 1)
  upload.row?.remove()
  sendNext()
}

function cancel(upload) {
  upload.stopping?.abort()
  if (upload.url) deleteUpload(upload.url)
  forget(upload)
  remove(upload)
}

function pause(upload) {
  upload.state = PAUSED
  upload.stopping?.abort()
  sendNext()
}

/** Go on with an upload: after a pause or a failure, or after a reload, which takes the file once more. */
async function resume(upload) {
  if (upload.film) {
    Object.assign(upload, { state: WAITING, message: "", sent: upload.url ? upload.sent : 0 })
    return sendNext()
  }
  if (upload.handle && (await upload.handle.requestPermission({ mode: "read" })) === "granted") return resumeWith(upload, await upload.handle.getFile())
  const input = Object.assign(document.createElement("input"), { type: "file" })
  input.addEventListener("change", () => resumeWith(upload, input.files[0]))
  input.click()
}

function resumeWith(upload, film) {
  if (isSameFile(film, upload)) Object.assign(upload, { film, state: WAITING, message: "" })
  else upload.message = `This is another file. Choose ${upload.name} as it was.`
  sendNext()
}

const tabs = new BroadcastChannel("dubarr-uploads")
tabs.addEventListener("message", ({ data }) => {
  if (data.asks) tabs.postMessage({ held: uploads.filter((each) => each.film && each.url).map((each) => each.url) })
})

/** Addresses of the uploads that other tabs of this browser hold. */
function askOtherTabs() {
  const held = new Set()
  tabs.addEventListener("message", ({ data }) => data.held?.forEach((url) => held.add(url)))
  tabs.postMessage({ asks: true })
  return new Promise((done) => setTimeout(done, TABS_ANSWER_MS, held))
}

/** Show the uploads that a reload interrupted, and go on with those whose files can be read without asking. */
async function restore() {
  const elsewhere = await askOtherTabs()
  for (const record of await listUploads()) {
    if (elsewhere.has(record.url)) continue
    const found = await askOffset(record.url)
    if (!found || found.task !== undefined) {
      forgetUpload(record.url)
      continue
    }
    const upload = { ...record, film: null, subtitles: [], fields: [], state: INTERRUPTED, sent: found.offset ?? 0, message: "" }
    uploads.push(upload)
    const granted = await upload.handle?.queryPermission?.({ mode: "read" })
    if (granted === "granted") await upload.handle.getFile().then((film) => resumeWith(upload, film), () => {})
  }
  sendNext()
}

/** Percentage of the bytes of these uploads that were sent. */
function percentOf(some) {
  const total = some.reduce((sum, each) => sum + each.size, 0)
  const sent = some.reduce((sum, each) => sum + (each.state === ADDED || each.state === FAILED ? each.size : each.sent), 0)
  return total ? Math.floor((100 * sent) / total) : 0
}

/** Draw the queue into its element of the shell. */
function show() {
  const section = at("uploads")
  section.hidden = !uploads.length
  const ended = countIn(ADDED, FAILED), failed = countIn(FAILED), resting = countIn(PAUSED, INTERRUPTED)
  at("uploads-bar").value = percentOf(uploads)
  at("uploads-bar").hidden = !isUploading()
  at("uploads-count").textContent = isUploading()
    ? `${ended + 1} of ${uploads.length} · ${percentOf(uploads)} %${failed ? ` · ${failed} failed` : ""}`
    : failed ? `${failed} failed` : resting ? `${resting} to resume` : "Complete"
  for (const upload of uploads) {
    upload.row ??= drawRow(upload)
    updateRow(upload)
    if (upload.row.parentElement !== at("sending")) at("sending").append(upload.row)
  }
}

function drawRow(upload) {
  const row = document.createElement("li")
  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: label, ariaLabel: `${label} ${upload.name}` })
    made.addEventListener("click", () => act(upload))
    return made
  }
  upload.link = Object.assign(document.createElement("a"), { textContent: upload.name, className: "name" })
  upload.bar = Object.assign(document.createElement("progress"), { max: 100, ariaLabel: `Upload of ${upload.name}` })
  upload.said = Object.assign(document.createElement("span"), { className: "said" })
  upload.hold = button("Pause", pause)
  upload.again = button("Retry", resume)
  upload.stop = button("Cancel", cancel)
  row.append(upload.link, upload.bar, upload.said, upload.hold, upload.again, upload.stop)
  return row
}

function updateRow(upload) {
  const { state, row } = upload
  row.className = state === FAILED ? "bad" : state === ADDED ? "good" : ""
  upload.bar.hidden = ![SENDING, PAUSED, INTERRUPTED].includes(state)
  upload.bar.value = percentOf([upload])
  const words = describe(upload)
  if (upload.said.textContent !== words) upload.said.textContent = words
  upload.link.hidden = state === FAILED && upload.message.includes(upload.name) // a refusal names the film itself
  if (state === ADDED) Object.assign(upload.link, { href: `?task=${upload.task}` }).dataset.go = ""
  upload.hold.hidden = state !== SENDING
  upload.again.hidden = ![FAILED, PAUSED, INTERRUPTED].includes(state)
  label(upload.again, state === FAILED ? "Retry" : state === INTERRUPTED && !upload.handle ? "Choose file" : "Resume", upload)
  upload.stop.hidden = state === ADDED
  label(upload.stop, state === FAILED ? "Remove" : "Cancel", upload)
}

function describe(upload) {
  const percent = `${percentOf([upload])} %`
  const interrupted = upload.handle ? "Resume goes on from there." : "Choose the same file to resume."
  return {
    [WAITING]: "Waiting",
    [SENDING]: upload.message || percent,
    [PAUSED]: `Paused at ${percent}`,
    [INTERRUPTED]: upload.message || `Interrupted at ${percent}. ${interrupted}`,
    [ADDED]: "Added",
    [FAILED]: upload.message,
  }[upload.state]
}

function label(button, text, upload) {
  if (button.textContent === text) return
  button.textContent = text
  button.ariaLabel = `${text} ${upload.name}`
}

addEventListener("beforeunload", (event) => { if (isUploading()) event.preventDefault() })
restore()
