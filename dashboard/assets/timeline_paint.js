// Painting of the timeline: ruler, source lines over the original's waveform, takes over the dub's, and an overview of the film.

import { listLines } from "./lines.js"
import { formatClock } from "./player_shell.js"
import { readPeaks } from "./waveform.js"

export const RULER = { top: 0, bottom: 18 }
export const SOURCE = { top: 20, bottom: 88 }
export const DUB = { top: 92, bottom: 144 }
export const OVERVIEW = { top: 150, bottom: 174 }
export const HEIGHT = 176
const RATE_LIMITS = [0.8, 1.1, 1.25] // as in speech_rate.py
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800]
const FONT = "12px system-ui, sans-serif"

/** Colours of the page, as the legend and the page's text have them. */
export function readColours(element) {
  const style = (of, name) => getComputedStyle(of)[name]
  const card = element.closest(".card")
  const tones = [...card.querySelectorAll(".swatch")].map((swatch) => style(swatch, "backgroundColor"))
  const probe = Object.assign(document.createElement("span"), { hidden: true })
  card.append(probe)
  const resolve = (name) => { probe.style.color = `var(--${name})`; return style(probe, "color") }
  const found = { slot: tones[0], rates: tones.slice(1), card: resolve("card"), line: resolve("line"), text: resolve("text"), soft: resolve("soft"), accent: resolve("accent"), well: resolve("well"), edge: resolve("edge") }
  probe.remove()
  return found
}

/** Lines in sight, each with its row: the second one where it overlaps the line before. */
export function findVisible(from, to) {
  const lines = listLines()
  const found = []
  let busy = -1
  for (const line of lines) {
    if (line.start > to) break
    if (line.deleted) continue
    const row = line.start < busy - 0.001 ? 1 : 0
    if (row === 0) busy = Math.max(busy, line.end)
    if (Math.max(line.end, line.dubEnd) >= from) found.push({ line, row })
  }
  return found
}

export class Painter {
  constructor(canvas) {
    this.canvas = canvas
    this.pen = canvas.getContext("2d")
    this.overview = null
  }

  /** Paint a frame. `view`: { from, to, duration, now, chosen, moved, snapped }, seconds; `moved`: the span that is dragged. */
  paint(view, colours, track) {
    const width = this.canvas.clientWidth
    const ratio = devicePixelRatio || 1
    if (this.canvas.width !== Math.round(width * ratio)) {
      this.canvas.width = Math.round(width * ratio)
      this.canvas.height = Math.round(HEIGHT * ratio)
      this.overview = null
    }
    Object.assign(this, { view, colours, width, scale: width / (view.to - view.from) })
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.pen.clearRect(0, 0, width, HEIGHT)
    this.pen.font = FONT
    this.pen.textBaseline = "middle"
    this.ruler()
    this.waveform("original", SOURCE)
    this.waveform(track, DUB)
    for (const { line, row } of findVisible(view.from, view.to)) this.line(line, row)
    this.playhead()
    this.whole()
  }

  x(seconds) { return (seconds - this.view.from) * this.scale }

  ruler() {
    const { pen, view, colours } = this
    const step = STEPS_S.find((each) => each * this.scale >= 64) ?? 3600
    pen.fillStyle = colours.soft
    for (let mark = Math.ceil(view.from / step) * step; mark < view.to; mark += step) {
      pen.fillRect(Math.round(this.x(mark)), RULER.bottom - 5, 1, 5)
      pen.fillText(step < 1 ? `${formatClock(mark)}.${Math.round((mark % 1) * 10)}` : formatClock(mark), this.x(mark) + 4, 9)
    }
  }

  waveform(track, { top, bottom }) {
    const { pen, view, colours, width } = this
    pen.fillStyle = colours.well
    pen.fillRect(0, top, width, bottom - top)
    const peaks = readPeaks(track, view.from, view.to, Math.max(1, Math.floor(width)))
    if (!peaks) return
    const middle = (top + bottom) / 2
    const half = (bottom - top) / 2 / 128
    pen.fillStyle = colours.edge
    pen.beginPath()
    peaks.highs.forEach((high, column) => pen.rect(column, middle - high * half, 1, Math.max(1, (high - peaks.lows[column]) * half)))
    pen.fill()
  }

  line(line, row) {
    const { view, colours } = this
    const moved = view.moved?.key === line.key ? view.moved : line
    const chosen = view.chosen === line.key
    const band = (SOURCE.bottom - SOURCE.top) / 2
    const text = `${line.number ?? "new"}  ${line.skip ? line.source_text : line.text}`
    this.bar(moved.start, moved.end, SOURCE.top + row * band, row ? band : SOURCE.bottom - SOURCE.top, colours.slot, chosen, text, line.draft)
    if (line.dubEnd <= line.dubStart) return
    const tone = colours.rates[RATE_LIMITS.filter((limit) => limit <= line.rate).length]
    this.bar(line.dubStart, line.dubEnd, DUB.top, DUB.bottom - DUB.top, tone, false, "", false)
  }

  bar(start, end, top, height, tone, chosen, text, dashed) {
    const { pen, colours } = this
    const left = this.x(start)
    const width = Math.max(2, this.x(end) - left)
    pen.globalAlpha = chosen ? 0.45 : 0.28
    pen.fillStyle = chosen ? colours.accent : tone
    pen.fillRect(left, top, width, height)
    pen.globalAlpha = 1
    pen.strokeStyle = chosen ? colours.accent : tone
    pen.lineWidth = chosen ? 2 : 1
    pen.setLineDash(dashed ? [4, 3] : [])
    pen.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1)
    pen.setLineDash([])
    pen.fillStyle = tone
    pen.fillRect(left, top + height - 4, width, 4)
    if (width < 24 || !text) return
    pen.save()
    pen.beginPath()
    pen.rect(left, top, width - 4, height)
    pen.clip()
    pen.fillStyle = colours.text
    pen.fillText(text, Math.max(left, 0) + 5, top + 11)
    pen.restore()
  }

  playhead() {
    const { pen, view, colours, width } = this
    pen.fillStyle = colours.accent
    const place = this.x(view.now)
    if (place >= 0 && place <= width) pen.fillRect(place - 1, 0, 2, DUB.bottom)
    if (!view.moved) return
    if (view.snapped !== null) {
      pen.fillStyle = colours.text
      pen.fillRect(this.x(view.snapped) - 0.5, SOURCE.top - 4, 1, DUB.bottom - SOURCE.top)
    }
    const { start, end } = view.moved
    const text = `${start.toFixed(3)} – ${end.toFixed(3)} s  (${(end - start).toFixed(3)} s)`
    const size = pen.measureText(text).width + 12
    const left = Math.max(0, Math.min(width - size, this.x(start)))
    pen.fillStyle = colours.text
    pen.fillRect(left, DUB.top + 4, size, 20)
    pen.fillStyle = colours.card
    pen.fillText(text, left + 6, DUB.top + 14)
  }

  /** The whole film in a strip, drawn once for each version of the lines, and the range in view. */
  whole() {
    const { pen, view, colours, width } = this
    const lines = listLines()
    const height = OVERVIEW.bottom - OVERVIEW.top
    const scale = width / view.duration
    if (this.overview?.lines !== lines || this.overview.colours !== colours) {
      const strip = Object.assign(document.createElement("canvas"), { width: Math.max(1, Math.ceil(width)), height })
      const brush = strip.getContext("2d")
      brush.fillStyle = colours.well
      brush.fillRect(0, 0, width, height)
      for (const line of lines) {
        brush.fillStyle = line.dubEnd > line.dubStart ? colours.rates[RATE_LIMITS.filter((limit) => limit <= line.rate).length] : colours.slot
        if (!line.deleted) brush.fillRect(line.start * scale, 4, Math.max(1, (line.end - line.start) * scale), height - 8)
      }
      this.overview = { lines, colours, strip }
    }
    pen.drawImage(this.overview.strip, 0, OVERVIEW.top)
    pen.strokeStyle = colours.accent
    pen.lineWidth = 2
    pen.strokeRect(view.from * scale + 1, OVERVIEW.top + 1, Math.max(4, (view.to - view.from) * scale) - 2, height - 2)
    pen.fillStyle = colours.accent
    pen.fillRect(view.now * scale - 1, OVERVIEW.top, 2, height)
  }
}
