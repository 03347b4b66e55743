// Resumable upload of one film (tus 1.0): parts of bounded size, tried again where the connection breaks.

const ADDRESS = "api/uploads"
const PART_BYTES = 8 << 20
const PART_TYPE = "application/offset+octet-stream"
const RETRIED = new Set([0, 400, 408, 423, 429, 460, 500, 502, 503, 504]) // 0: no answer; 400: the part broke off
const GONE = new Set([404, 410])
const FIRST_DELAY_MS = 500, MAX_DELAY_MS = 15000
const RETRY_LIMIT_MS = 90000 // without a byte that arrives
const INTERRUPTED = "Upload interrupted. Check the connection, then retry."

const encode = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
const encodeFields = (fields) => fields.filter(([, value]) => value).map(([name, value]) => `${name} ${encode(value)}`).join(",")

/** Send a request. Its answer, whatever it is; status 0 where there is none. */
function send(method, url, { headers = {}, body, signal, onProgress } = {}) {
  return new Promise((done, stop) => {
    const request = new XMLHttpRequest()
    const aborted = () => stop(new DOMException("aborted", "AbortError"))
    request.open(method, url)
    for (const [name, value] of Object.entries({ "Tus-Resumable": "1.0.0", ...headers })) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded)
    request.onload = request.onerror = () => done(request)
    request.onabort = aborted
    if (signal?.aborted) return aborted()
    signal?.addEventListener("abort", () => request.abort(), { once: true })
    request.send(body)
  })
}

/** The message of a refusal. */
function readDetail(answer) {
  try {
    return JSON.parse(answer.responseText).detail
  } catch {
    return answer.status ? `Upload failed (${answer.status}).` : INTERRUPTED
  }
}

async function create(file, fields, { signal, body } = {}) {
  const headers = { "Upload-Length": file.size, "Upload-Metadata": encodeFields([["filename", file.name], ...fields]) }
  const answer = await send("POST", ADDRESS, { headers: body ? { ...headers, "Content-Type": PART_TYPE } : headers, body, signal })
  if (answer.status !== 201) throw new Error(readDetail(answer))
  return answer.getResponseHeader("Location")
}

/** Create the upload of a film, with its subtitle files. Returns its address; an Error is a refusal. */
export async function createUpload({ film, subtitles, fields }, signal) {
  const url = await create(film, fields, { signal })
  const id = url.split("/").pop()
  for (const file of subtitles) await create(file, [["kind", "subtitles"], ["film", id]], { signal, body: file })
  return url
}

/** Ask how much of an upload is there: its offset, and its task where the film was queued; null where the service no longer has it. */
export async function askOffset(url, signal) {
  const answer = await send("HEAD", url, { signal })
  if (GONE.has(answer.status)) return null
  const task = answer.getResponseHeader("Dubarr-Task")
  return { offset: answer.status === 200 ? Number(answer.getResponseHeader("Upload-Offset")) : undefined, task: task ? Number(task) : undefined }
}

/** Remove an upload from the service. */
export const deleteUpload = (url) => send("DELETE", url)

const wait = (ms, signal) => new Promise((done, stop) => {
  const timer = setTimeout(done, ms)
  signal.addEventListener("abort", () => { clearTimeout(timer); stop(new DOMException("aborted", "AbortError")) }, { once: true })
})

/** Send what is missing of a film. Returns its task; an Error tells why not, AbortError by `signal`. `onProgress`: bytes so far. */
export async function sendFilm(url, film, { signal, onProgress }) {
  let offset, best = -1, tried = performance.now(), delay = FIRST_DELAY_MS
  for (;;) {
    const found = offset === undefined ? await askOffset(url, signal) : await sendPart(url, film, offset, { signal, onProgress })
    if (!found) throw Object.assign(new Error("The service no longer has this upload. Retry sends it from its beginning."), { gone: true })
    if (found.task !== undefined) return found.task
    offset = found.offset
    if (offset !== undefined && offset > best) {
      best = offset
      tried = performance.now()
      delay = FIRST_DELAY_MS
      onProgress(offset)
    } else {
      if (performance.now() - tried > RETRY_LIMIT_MS) throw new Error(INTERRUPTED)
      await wait(delay * (0.5 + Math.random() / 2), signal)
      delay = Math.min(2 * delay, MAX_DELAY_MS)
    }
  }
}

async function sendPart(url, film, offset, { signal, onProgress }) {
  const body = film.slice(offset, offset + PART_BYTES)
  const headers = { "Upload-Offset": offset, "Content-Type": PART_TYPE }
  const answer = await send("PATCH", url, { headers, body, signal, onProgress: (sent) => onProgress(offset + Math.min(sent, body.size)) })
  if (GONE.has(answer.status)) return null
  const task = answer.getResponseHeader("Dubarr-Task"), reached = answer.getResponseHeader("Upload-Offset")
  if (task) return { task: Number(task) }
  if (reached !== null) return { offset: Number(reached) }
  if (RETRIED.has(answer.status)) return { offset: undefined }
  throw Object.assign(new Error(readDetail(answer)), { gone: answer.status !== 507 }) // a refused film is removed; without room it stays
}
