// Keeps the page true: hears what changed from the server, changes just that, and tells what people do.
// The server escapes whatever is not ours; nothing else than its HTML is ever put into the page as HTML.

const PING = 5000 // ms between signs of life
const SILENCE = 13000 // ms without an answer after which the connection counts as lost
const at = (id) => document.getElementById(id)

/** Make `old` like `fresh`, keeping elements, and with them the focus and what is unfolded. */
function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh)
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data
    return
  }
  if (old.nodeName === "TIME" && old.dateTime && old.dateTime === fresh.dateTime) return // stands in local time already
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name)
  }
  morphChildren(old, fresh)
}

function morphChildren(old, fresh) {
  const before = [...old.childNodes]
  const after = [...fresh.childNodes]
  after.forEach((node, n) => (n < before.length ? morph(before[n], node) : old.append(node)))
  before.slice(after.length).forEach((node) => node.remove())
}

function parsed(html) {
  const template = document.createElement("template")
  template.innerHTML = html
  return template.content
}

/** Put times into the reader's zone and manner. */
function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime)
    const today = moment.toDateString() === new Date().toDateString()
    const day = today ? {} : { day: "numeric", month: "short" }
    time.title = moment.toLocaleString()
    time.textContent = moment.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" })
  }
}

function setRegion(id, html) {
  const region = at(id)
  if (!region) return
  morphChildren(region, parsed(html))
  localise(region)
}

function setRows(rows, order, empty) {
  const list = at("tasks")
  for (const [id, html] of Object.entries(rows)) {
    const fresh = parsed(html).firstElementChild
    const old = at(`task-${id}`)
    if (old) morph(old, fresh)
    else list.append(fresh)
  }
  if (order) arrange(list, order, empty)
  localise(list)
}

function arrange(list, order, empty) {
  const wanted = order.map((id) => at(`task-${id}`)).filter(Boolean)
  const gone = [...list.children].filter((row) => !wanted.includes(row))
  if (gone.some((row) => row.contains(document.activeElement))) at("films").focus({ preventScroll: true })
  gone.forEach((row) => row.remove())
  wanted.forEach((row, n) => {
    if (list.children[n] !== row) list.insertBefore(row, list.children[n] ?? null)
  })
  if (empty) list.append(parsed(empty))
}

function setLog({ drop, add }) {
  const log = at("log")
  const children = [...log.children]
  children.slice(0, drop ?? children.length).forEach((line) => line.remove())
  log.append(parsed(add))
  if (at("follow").checked) log.scrollTop = log.scrollHeight
}

let saying
function say({ text, bad }) {
  const said = at("said")
  said.textContent = text
  said.className = bad ? "bad" : "good"
  clearTimeout(saying)
  saying = setTimeout(() => { said.textContent = ""; said.className = "" }, bad ? 12000 : 5000)
}

/** Ask before something is lost; true when the answer is yes. */
function sure(form) {
  const dialog = at("sure")
  at("sure-film").textContent = form.dataset.film
  at("sure-question").textContent = form.dataset.ask
  at("sure-yes").textContent = form.querySelector("button").textContent
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }))
}

/** Send the form in the background with a progress bar; without this script the browser posts it itself. */
function upload(form) {
  const [bar, said, button] = [at("sent"), at("upload-said"), form.querySelector("button[type=submit]")]
  const request = new XMLHttpRequest()
  const ended = (text, bad) => {
    bar.hidden = true
    button.disabled = false
    said.textContent = text
    said.className = bad ? "bad" : "good"
  }
  const sentence = () => {
    try { return JSON.parse(request.responseText).detail } catch { return undefined }
  }
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = (100 * loaded) / total
    said.textContent = loaded < total ? `${Math.floor(bar.value)} % sent` : "Reading the film…"
  }
  request.onload = () => {
    if (request.status >= 400) return ended(sentence() ?? `The upload was refused (${request.status}).`, true)
    form.reset()
    showChosen()
    ended("Added.", false)
  }
  request.onerror = () => ended("The upload broke off. Check the connection and try again.", true)
  request.open("POST", form.action)
  request.setRequestHeader("Accept", "application/json")
  bar.hidden = false
  bar.value = 0
  button.disabled = true
  said.className = ""
  request.send(new FormData(form))
}

function showChosen() {
  const files = at("file").files
  at("chosen").textContent = files.length ? files[0].name : ""
}

/** Files may be dropped anywhere on the field. */
function dropping(drop, signal) {
  const over = (on) => (event) => {
    event.preventDefault()
    drop.classList.toggle("over", on)
  }
  drop.addEventListener("dragover", over(true), { signal })
  drop.addEventListener("dragleave", over(false), { signal })
  drop.addEventListener("drop", (event) => {
    over(false)(event)
    if (event.dataTransfer.files.length) at("file").files = event.dataTransfer.files
    showChosen()
  }, { signal })
}

const opened = () => [...document.querySelectorAll("details[data-open][open]")].map((details) => Number(details.dataset.open))

/** What the page looked at survives a reload. */
const memory = {
  get: () => JSON.parse(sessionStorage.getItem("dubarr") ?? "{}"),
  set: (change) => sessionStorage.setItem("dubarr", JSON.stringify({ ...memory.get(), ...change })),
}

/** Notice a lost connection, wait for the service to answer again, and begin anew. */
class Pulse {
  constructor(tell) {
    this.tell = tell
    this.heard = performance.now()
    this.lost = false
    this.timer = setInterval(() => this.beat(), PING)
  }

  alive() {
    this.heard = performance.now()
    if (memory.get().losses) memory.set({ losses: 0 })
  }

  beat() {
    if (this.lost || document.hidden) return // timers of a hidden tab sleep: its silence means nothing
    if (performance.now() - this.heard > SILENCE + PING) this.lose()
    else this.tell({ ping: Math.round(performance.now()) })
  }

  woken() {
    if (document.hidden || this.lost) return
    this.heard = performance.now()
    this.beat()
  }

  async lose() {
    if (this.lost) return
    this.lost = true
    const losses = (memory.get().losses ?? 0) + 1
    memory.set({ losses })
    at("trouble").textContent = "Reconnecting. The connection to the service was lost."
    const wait = (ms) => new Promise((done) => setTimeout(done, ms))
    await wait(Math.min(60000, 500 * 2 ** losses)) // never a storm of reloads where it is lost again and again
    while (!(await fetch("/health", { cache: "no-store" }).then((answer) => answer.ok, () => false))) await wait(2000)
    location.reload()
  }

  stop() {
    this.lost = true
    clearInterval(this.timer)
  }
}

function onSubmit(tell) {
  return async (event) => {
    const form = event.target
    if (form.id === "upload") {
      event.preventDefault()
      upload(form)
    } else if (form.dataset.action) {
      event.preventDefault()
      if (!form.dataset.ask || (await sure(form))) tell({ action: form.dataset.action, task: Number(form.dataset.task) })
    }
  }
}

function onClick(tell) {
  return (event) => {
    const button = event.target.closest?.("button[data-page]")
    if (!button) return
    document.querySelectorAll("details[data-open][open]").forEach((details) => { details.open = false })
    memory.set({ offset: Number(button.dataset.page), opened: [] })
    tell({ page: Number(button.dataset.page) })
    at("films").scrollIntoView({ block: "start" })
  }
}

export function render({ model }) {
  const ending = new AbortController()
  const { signal } = ending
  const tell = (message) => model.send_msg(message)
  const pulse = new Pulse(tell)
  const hear = ({ regions = {}, rows = {}, order, empty, log, said }) => {
    pulse.alive()
    for (const [id, html] of Object.entries(regions)) setRegion(id, html)
    if (order || Object.keys(rows).length) setRows(rows, order, empty)
    if (log) setLog(log)
    if (said) say(said)
  }
  model.on("msg:custom", hear)
  document.addEventListener("submit", onSubmit(tell), { signal })
  document.addEventListener("click", onClick(tell), { signal })
  document.addEventListener("toggle", (event) => {
    if (!event.target.dataset?.open) return
    memory.set({ opened: opened() })
    tell({ opened: opened() })
  }, { signal, capture: true }) // toggle does not bubble
  document.addEventListener("visibilitychange", () => pulse.woken(), { signal })
  at("file").addEventListener("change", showChosen, { signal })
  const log = at("log")
  log.addEventListener("wheel", () => { at("follow").checked = log.scrollHeight - log.scrollTop - log.clientHeight < 40 }, { signal, passive: true })
  at("follow").addEventListener("change", () => { if (at("follow").checked) log.scrollTop = log.scrollHeight }, { signal })
  model.document.on_event("connection_lost", () => pulse.lose())
  addEventListener("pagehide", () => pulse.stop(), { signal }) // leaving closes the connection too, and is no loss
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload() }, { signal })
  dropping(at("drop"), signal)
  model.on("remove", () => { ending.abort(); pulse.stop() })
  localise(document)
  log.scrollTop = log.scrollHeight
  const { offset = 0, opened: unfolded = [] } = memory.get()
  tell({ hello: { offset, opened: unfolded } })
  document.documentElement.dataset.live = "yes"
  return document.createElement("span")
}
