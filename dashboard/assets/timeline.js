// The timeline: a canvas on which lines are chosen and dragged. The script's table is its equal without a pointer.

import { findLine, findLineAt, language, listLines } from "./lines.js"
import { MIN_LINE_S, moveLine } from "./line_commands.js"
import { at } from "./page.js"
import { currentPlayer } from "./player.js"
import { chooseLine, chosenLine } from "./script.js"
import { HEIGHT, OVERVIEW, Painter, findVisible, readColours, SOURCE } from "./timeline_paint.js"
import { findSpeechEdges } from "./waveform.js"

const FIRST_VIEW_S = 60
const MIN_VIEW_S = 2
const GRIP_PX = 6 // on both sides of an edge
const SNAP_PX = 8
const DRAG_FROM_PX = 3

class Timeline {
  constructor(element) {
    this.element = element
    this.canvas = document.createElement("canvas")
    this.canvas.style.cssText = `display:block;width:100%;height:${HEIGHT}px`
    element.replaceChildren(this.canvas)
    this.painter = new Painter(this.canvas)
    this.from = 0
    this.to = Math.min(this.duration, FIRST_VIEW_S)
    this.drag = null
    this.snapped = null
    new ResizeObserver(() => this.ask()).observe(element)
    this.canvas.addEventListener("pointerdown", (event) => this.press(event))
    this.canvas.addEventListener("pointermove", (event) => this.move(event))
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, (event) => this.release(event))
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
  }

  get duration() { return Math.max(1, currentPlayer()?.duration || 0, listLines().at(-1)?.end ?? 0) }

  get now() { return currentPlayer()?.now ?? 0 }

  /** Paint with the next frame. */
  ask() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = null
      if (!this.element.isConnected || !this.canvas.clientWidth) return
      this.colours ??= readColours(this.element)
      const { from, to, duration, now, snapped } = this
      this.painter.paint({ from, to, duration, now, snapped, chosen: chosenLine(), moved: this.drag?.span ?? null }, this.colours, language())
    })
  }

  look(from, to) {
    const length = Math.max(Math.min(MIN_VIEW_S, this.duration), Math.min(this.duration, to - from))
    this.from = Math.max(0, Math.min(this.duration - length, from))
    this.to = this.from + length
    this.ask()
  }

  zoom(factor, around = Math.max(this.from, Math.min(this.to, this.now))) {
    this.look(around - (around - this.from) * factor, around + (this.to - around) * factor)
  }

  /** Turn the page when the playhead or the current line leaves the view. */
  keepInView(seconds) {
    const length = this.to - this.from
    if (this.drag || (this.from <= seconds && seconds <= this.to - 0.02 * length)) return this.ask()
    this.look(seconds - 0.1 * length, seconds + 0.9 * length)
  }

  seconds(event) { return this.from + (event.offsetX / this.canvas.clientWidth) * (this.to - this.from) }

  /** The line under the pointer, and which part of it: start, end or body. */
  hit(event) {
    if (event.offsetY < SOURCE.top || event.offsetY > SOURCE.bottom) return null
    const scale = this.canvas.clientWidth / (this.to - this.from)
    const middle = (SOURCE.top + SOURCE.bottom) / 2
    const seconds = this.seconds(event)
    const grip = (line) => Math.min(GRIP_PX, ((line.end - line.start) * scale) / 3)
    const near = findVisible(this.from, this.to).filter(({ line, row }) => (row === 0 || event.offsetY > middle) && line.start - GRIP_PX / scale <= seconds && seconds <= line.end + GRIP_PX / scale)
    const found = near.findLast(({ line }) => line.key === chosenLine()) ?? near.findLast(({ line }) => line.start <= seconds && seconds <= line.end) ?? near.at(-1)
    if (!found) return null
    const { line } = found
    if (Math.abs(seconds - line.start) * scale <= grip(line)) return { line, part: "start" }
    if (Math.abs(seconds - line.end) * scale <= grip(line)) return { line, part: "end" }
    return line.start <= seconds && seconds <= line.end ? { line, part: "body" } : null
  }

  press(event) {
    if (event.button) return
    this.element.focus({ preventScroll: true })
    this.canvas.setPointerCapture(event.pointerId)
    if (event.offsetY >= OVERVIEW.top) {
      this.drag = { part: "overview" }
      return this.move(event)
    }
    const found = this.hit(event)
    this.drag = { part: found?.part ?? "view", line: found?.line, x: event.clientX, at: this.seconds(event), from: this.from, moved: false }
  }

  move(event) {
    const { drag } = this
    if (!drag) {
      const part = this.hit(event)?.part
      this.canvas.style.cursor = part === "body" ? "grab" : part ? "ew-resize" : "default"
      return
    }
    if (drag.part === "overview") {
      const middle = (event.offsetX / this.canvas.clientWidth) * this.duration
      const half = (this.to - this.from) / 2
      return this.look(middle - half, middle + half)
    }
    if (!drag.moved && Math.abs(event.clientX - drag.x) < DRAG_FROM_PX) return
    drag.moved = true
    const by = ((event.clientX - drag.x) / this.canvas.clientWidth) * (this.to - this.from)
    if (drag.part === "view") return this.look(drag.from - by, drag.from - by + (this.to - this.from))
    drag.span = { key: drag.line.key, ...this.drop(drag, by, event.altKey) }
    this.ask()
  }

  /** Times of the dragged line, snapped unless `free`. */
  drop({ line, part }, by, free) {
    const length = line.end - line.start
    this.snapped = null
    if (part === "body") {
      let start = Math.max(0, Math.min(this.duration - length, line.start + by))
      if (!free) {
        const [atStart, atEnd] = [this.snap(start, line), this.snap(start + length, line)]
        this.snapped = atStart ?? atEnd
        start = atStart ?? (atEnd === null ? start : Math.max(0, atEnd - length))
      }
      return { start, end: start + length }
    }
    const limit = (seconds) => (part === "start" ? Math.max(0, Math.min(line.end - MIN_LINE_S, seconds)) : Math.min(this.duration, Math.max(line.start + MIN_LINE_S, seconds)))
    const wanted = limit(line[part] + by)
    this.snapped = free ? null : this.snap(wanted, line)
    return { start: line.start, end: line.end, [part]: limit(this.snapped ?? wanted) }
  }

  /** The nearest edge of another line, of speech, or the playhead, within reach; else null. */
  snap(seconds, dragged) {
    const within = (SNAP_PX * (this.to - this.from)) / this.canvas.clientWidth
    const edges = [this.now, ...findSpeechEdges(seconds, Math.min(within, 0.5))]
    for (const { line } of findVisible(this.from, this.to)) if (line.key !== dragged.key) edges.push(line.start, line.end)
    const near = edges.filter((edge) => Math.abs(edge - seconds) <= within)
    return near.length ? near.reduce((best, edge) => (Math.abs(edge - seconds) < Math.abs(best - seconds) ? edge : best)) : null
  }

  release(event) {
    const { drag } = this
    this.drag = this.snapped = null
    if (!drag || drag.part === "overview" || event.type === "pointercancel") return this.ask()
    if (!drag.moved) this.click(drag)
    else if (drag.span) {
      moveLine(drag.line.key, drag.span)
      chooseLine(drag.line.key, { page: false })
    }
    this.ask()
  }

  /** Seek to where was clicked, and choose the line there. The page itself does not scroll. */
  click({ line, at: seconds }) {
    const chosen = line ?? findLineAt(seconds)
    if (chosen) chooseLine(chosen.key, { page: false })
    currentPlayer()?.seek(Math.max(0, seconds))
  }

  /** Stop dragging; the line stays where it was. */
  cancel() {
    if (!this.drag) return false
    this.drag = this.snapped = null
    this.ask()
    return true
  }

  wheel(event) {
    const by = event.deltaX || (event.shiftKey ? event.deltaY : 0)
    if (event.ctrlKey) this.zoom(2 ** (event.deltaY / 200), this.seconds(event))
    else if (by) this.look(this.from + (by / this.canvas.clientWidth) * (this.to - this.from), this.to + (by / this.canvas.clientWidth) * (this.to - this.from))
    else return
    event.preventDefault()
  }
}

let shown = null

export const zoomTimeline = (factor) => shown?.zoom(factor)
/** Forget the colours, and paint again. */
export function repaintTimeline() { if (shown) { shown.colours = null; shown.ask() } }

export const timeline = {
  begin({ signal }) {
    for (const kind of ["lines-changed", "waveform", "player-tracks"]) document.addEventListener(kind, () => shown?.ask(), { signal })
    document.addEventListener("player-time", () => shown?.keepInView(shown.now), { signal })
    document.addEventListener("line-chosen", () => {
      const line = findLine(chosenLine())
      if (shown && line) shown.keepInView(line.start)
    }, { signal })
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && shown?.cancel()) event.preventDefault() }, { signal })
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintTimeline, { signal })
  },
  look() {
    const element = at("timeline-view")
    if (!element) { shown = null; return }
    if (shown?.element !== element) shown = new Timeline(element)
    if (shown.to <= 1 && shown.duration > 1) shown.look(0, FIRST_VIEW_S)
    shown.ask()
  },
}
