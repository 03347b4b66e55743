// Virtual list: a long table whose rows the page holds as HTML of the server, and of which those in sight alone are elements.

import { localizeTimes, morph, parseHtml } from "./page.js"

const OVERSCAN_PX = 1200 // above and below of what is in sight: scrolling meets no gap
const FIRST_ESTIMATE_PX = 84 // of a row that was never drawn

export class VirtualList {
  /** `element`: tbody; `onRow`: called with each row that is drawn or changed; `arrange`: order of the server → order with rows of the page. */
  constructor(element, { onRow, arrange, make, signal }) {
    Object.assign(this, { element, onRow, arrange, make })
    this.html = new Map() // key → HTML
    this.heights = new Map() // key → pixels
    this.drawn = new Map() // key → row
    this.order = this.served = []
    this.above = this.spacer()
    this.below = this.spacer()
    this.sizes = new ResizeObserver((entries) => this.measure(entries))
    for (const row of [...element.children]) this.adopt(row)
    this.order = this.served = [...this.drawn.keys()]
    element.prepend(this.above)
    element.append(this.below)
    document.addEventListener("scroll", () => this.draw(), { capture: true, passive: true, signal })
    addEventListener("resize", () => this.draw(), { signal })
    element.addEventListener("focusout", () => setTimeout(() => this.draw()), { signal }) // a row kept for its focus goes
  }

  spacer() {
    const row = document.createElement("tr")
    row.className = "spacer"
    row.setAttribute("aria-hidden", "true")
    return row
  }

  adopt(row) {
    const key = row.id.slice(row.id.indexOf("-") + 1)
    this.html.set(key, row.outerHTML)
    this.drawn.set(key, row)
    this.sizes.observe(row)
    this.onRow(row)
  }

  /** Changed rows by key, and the order of all of them where it changed. */
  update({ rows = {}, order }) {
    for (const [key, html] of Object.entries(rows)) {
      this.html.set(key, html)
      const row = this.drawn.get(key)
      if (!row) continue
      const look = row.className // the page's: chosen, spoken, draft
      morph(row, parseHtml(html).firstElementChild)
      row.className = look
      this.onRow(row)
    }
    if (order) this.served = order
    this.rearrange()
  }

  /** Take over another order, or other rows of the page. */
  rearrange() {
    this.order = this.arrange(this.served)
    const held = new Set(this.order)
    for (const key of [...this.html.keys()]) if (!held.has(key)) this.html.delete(key)
    this.draw()
  }

  /** Pixels above each row, and below the last one. */
  tops() {
    const known = [...this.heights.values()]
    const usual = known.length ? known.reduce((sum, each) => sum + each, 0) / known.length : FIRST_ESTIMATE_PX
    const tops = new Float64Array(this.order.length + 1)
    this.order.forEach((key, n) => { tops[n + 1] = tops[n] + (this.heights.get(key) ?? usual) })
    return tops
  }

  /** The first and the last row in sight or near it. */
  range(tops) {
    const box = this.element.getBoundingClientRect()
    const frame = this.element.closest(".rows").getBoundingClientRect()
    const from = Math.max(0, frame.top) - box.top - OVERSCAN_PX
    const to = Math.min(innerHeight, frame.bottom) - box.top + OVERSCAN_PX
    let first = 0
    while (first < this.order.length - 1 && tops[first + 1] < from) first += 1
    let last = first
    while (last < this.order.length && tops[last] < to) last += 1
    return [first, last]
  }

  draw() {
    if (!this.element.isConnected) return
    const tops = this.tops()
    const [first, last] = this.range(tops)
    const wanted = this.order.slice(first, last)
    const kept = new Set(wanted)
    for (const [key, row] of [...this.drawn]) {
      const focused = row.contains(document.activeElement) && this.order.includes(key)
      row.classList.toggle("pinned", focused && !kept.has(key))
      if (kept.has(key) || focused) continue
      this.drawn.delete(key)
      this.sizes.unobserve(row)
      row.remove()
    }
    let place = this.above
    for (const key of wanted) {
      const row = this.drawn.get(key) ?? this.create(key)
      if (place.nextElementSibling !== row) place.after(row)
      place = row
    }
    this.setSpace(this.above, tops[first])
    this.setSpace(this.below, tops[this.order.length] - tops[last])
    const table = this.element.closest("table")
    table.setAttribute("aria-rowcount", this.order.length + 1)
    wanted.forEach((key, n) => this.drawn.get(key).setAttribute("aria-rowindex", first + n + 2))
  }

  setSpace(spacer, height) {
    const wanted = `${Math.round(height)}px`
    if (spacer.style.height !== wanted) spacer.style.height = wanted
  }

  create(key) {
    const row = this.html.has(key) ? parseHtml(this.html.get(key)).firstElementChild : this.make(key)
    localizeTimes(row)
    this.drawn.set(key, row)
    this.sizes.observe(row)
    this.onRow(row)
    return row
  }

  measure(entries) {
    let changed = false
    for (const { target } of entries) {
      const height = target.offsetHeight
      const key = target.id.slice(target.id.indexOf("-") + 1)
      if (!height || target.classList.contains("pinned") || this.heights.get(key) === height) continue
      this.heights.set(key, height)
      changed = true
    }
    if (changed) this.draw()
  }

  /** Scroll a row into sight, and give its element; null where there is none. `block`: center, start or nearest. `page`: the page may scroll. */
  reveal(key, { block = "center", page = true } = {}) {
    const place = this.order.indexOf(key)
    if (place < 0) return null
    const frame = this.element.closest(".rows")
    const own = getComputedStyle(frame).overflowY !== "visible"
    if (!own && !page) return this.drawn.get(key) ?? null
    for (let turn = 0; turn < 3; turn++) { // heights are known once rows are drawn
      const row = this.drawn.get(key)
      const known = row && !row.classList.contains("pinned")
      const top = known ? row.getBoundingClientRect().top : this.element.getBoundingClientRect().top + this.tops()[place]
      const height = known ? row.offsetHeight : FIRST_ESTIMATE_PX
      const above = own ? frame.getBoundingClientRect().top + frame.querySelector("thead").offsetHeight : innerHeight / 2.5
      const below = own ? frame.getBoundingClientRect().bottom : innerHeight
      if (known && block === "nearest" && above <= top && top + height <= below) break
      const scroller = own ? frame : document.scrollingElement
      scroller.scrollTop += block === "start" ? top - above : top + height / 2 - (above + below) / 2
      this.draw()
    }
    return this.drawn.get(key) ?? null
  }
}
