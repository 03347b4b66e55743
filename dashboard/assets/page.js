// DOM morphing: changes as little as possible, so that focus, selection and typed text survive.

export const at = (id) => document.getElementById(id)

/** The page that the address names, whatever its filters are. */
export function namePage() {
  const query = new URLSearchParams(location.search)
  return ["page", "task", "part"].map((name) => query.get(name)).join()
}

/** Morph `old` into `fresh`. The contents of elements with `data-own` belong to a script and are not changed. */
export function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh)
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data
    return
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return
  if (old.nodeName === "TIME" && old.dateTime && old.dateTime === fresh.dateTime) return // it is in local time already
  const own = "own" in fresh.dataset
  if (own && "own" in old.dataset && old.hasAttribute("hidden") !== fresh.hasAttribute("hidden")) fresh.toggleAttribute("hidden", old.hasAttribute("hidden"))
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name)
  }
  if (!own) morphChildren(old, fresh)
}

function morphChildren(old, fresh) {
  const before = [...old.childNodes]
  const after = [...fresh.childNodes]
  after.forEach((node, n) => (n < before.length ? morph(before[n], node) : old.append(node)))
  before.slice(after.length).forEach((node) => node.remove())
}

export function parseHtml(html) {
  const template = document.createElement("template")
  template.innerHTML = html
  return template.content
}

/** Format times in the reader's time zone and locale. */
export function localizeTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime)
    const today = moment.toDateString() === new Date().toDateString()
    const day = today ? {} : { day: "numeric", month: "short" }
    time.title = moment.toLocaleString()
    time.textContent = moment.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" })
  }
}

/** Replace the page, or morph it after a reconnect. */
export function setPage({ key, html }) {
  const page = at("page")
  const same = page.dataset.key === key
  if (same) morphChildren(page, parseHtml(html))
  else {
    const moved = page.dataset.key !== "asking" && document.documentElement.dataset.live && page.contains(document.activeElement)
    page.replaceChildren(parseHtml(html))
    page.dataset.key = key
    scrollTo(0, 0)
    if (moved || document.activeElement === document.body) page.focus({ preventScroll: true })
  }
  localizeTimes(page)
}

export function setRegion(id, html) {
  const region = at(id)
  if (!region) return
  morphChildren(region, parseHtml(html))
  localizeTimes(region)
}

/** Update rows by key; `order`: keys of all rows, in order. */
export function setList(id, { rows = {}, order }) {
  const list = at(id)
  if (!list) return
  for (const [key, html] of Object.entries(rows)) {
    const fresh = parseHtml(html).firstElementChild
    const old = at(`${id}-${key}`)
    if (old) morph(old, fresh)
    else list.append(fresh)
  }
  if (order) arrangeRows(list, order.map((key) => at(`${id}-${key}`)).filter(Boolean))
  localizeTimes(list)
}

function arrangeRows(list, wanted) {
  const kept = new Set(wanted)
  const gone = [...list.children].filter((row) => !kept.has(row))
  if (gone.some((row) => row.contains(document.activeElement))) at("page").focus({ preventScroll: true })
  gone.forEach((row) => row.remove())
  wanted.forEach((row, n) => {
    if (list.children[n] !== row) list.insertBefore(row, list.children[n] ?? null)
  })
}
