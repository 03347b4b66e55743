// Viewport culling of the timeline: only visible lines are rendered, with captions where there is room, so that panning costs as
// much in a long film as in a short one. Where too many are visible they are merged into runs, several lines to a bar.
// Arguments from Python: lines, runs, captions (sources), seen, dubbed, left (filters), range, plot, slot (fill and ink), font.
const MAX_SINGLE_LINES = 400  // more are merged into runs
const BUCKET_PX = 4, MIN_CAPTION_PX = 45, CAPTION_PADDING_PX = 10
const all = lines.data

function findVisibleLines() {
  const found = []
  for (let i = 0; i < all.start.length; i++) {
    if (Math.min(all.start[i], all.dub_start[i]) < range.end && Math.max(all.latest_end[i], all.dub_end[i]) > range.start) found.push(i)
  }
  return found
}

function render() {
  plot.renderPending = false
  const scale = plot.inner_width / (range.end - range.start)  // px per second
  const found = findVisibleLines()
  const single = found.length <= MAX_SINGLE_LINES
  const shown = single ? found : []
  seen.indices = shown
  dubbed.indices = shown.filter((i) => all.dubbed[i])
  left.indices = shown.filter((i) => !all.dubbed[i])
  const none = { left: [], right: [], y: [], fill: [] }
  if (!single) runs.data = mergeIntoRuns(found, scale)
  else if (runs.data.y.length) runs.data = none
  const words = layOutCaptions(shown, scale)
  if (words.x.length || captions.data.x.length) captions.data = words
}

// Runs of lines that share or touch a bucket of a few pixels, in the colour of the fastest one. Buckets are fixed in time, so that
// nothing flickers while panning.
function mergeIntoRuns(found, scale) {
  const width = 2 ** Math.ceil(Math.log2(BUCKET_PX / scale))  // seconds
  const lanes = new Map()
  const fill = (y, from, to, rate, colour) => {
    if (!lanes.has(y)) lanes.set(y, new Map())
    const buckets = lanes.get(y)
    for (let at = Math.floor(from / width); at * width < to; at++) {
      if (!buckets.has(at) || buckets.get(at).rate < rate) buckets.set(at, { rate, colour })
    }
  }
  for (const i of found) {
    fill(all.slot_y[i], all.start[i], all.end[i], 0, slot.fill)
    if (all.dubbed[i]) fill(all.take_y[i], all.dub_start[i], all.dub_end[i], all.rate[i], all.fill[i])
  }
  const drawn = { left: [], right: [], y: [], fill: [] }
  for (const [y, buckets] of lanes) {
    let last = null, colour = null
    for (const at of [...buckets.keys()].sort((a, b) => a - b)) {
      const from = at * width, to = from + width
      if (from > range.end || to < range.start) continue
      if (at - 1 === last && buckets.get(at).colour === colour) drawn.right[drawn.right.length - 1] = to
      else { drawn.left.push(from); drawn.right.push(to); drawn.y.push(y); drawn.fill.push(buckets.get(at).colour) }
      last = at
      colour = buckets.get(at).colour
    }
  }
  return drawn
}

function layOutCaptions(shown, scale) {
  const words = { x: [], y: [], text: [], ink: [] }
  const put = (from, to, y, text, ink) => {
    const x = Math.max(from, range.start)
    const width = (Math.min(to, range.end) - x) * scale
    if (width < MIN_CAPTION_PX) return
    words.x.push(x)
    words.y.push(y)
    words.text.push(truncate(text, width - CAPTION_PADDING_PX))
    words.ink.push(ink)
  }
  for (const i of shown) {
    put(all.start[i], all.end[i], all.slot_y[i], all.source_text[i], slot.ink)
    if (all.dubbed[i]) put(all.dub_start[i], all.dub_end[i], all.take_y[i], all.text[i], all.ink[i])
  }
  return words
}

function truncate(text, room) {
  const wide = plot.pen.measureText(text).width
  if (wide <= room) return text
  const letters = Array.from(text)
  return letters.slice(0, Math.max(0, Math.floor(letters.length * room / wide) - 1)).join("").trimEnd() + "…"
}

// Vertical touch moves scroll the page; Bokeh captures all touches where a tool can drag.
function allowVerticalScroll() {
  const view = cb_context.index.find_one(plot)
  view?.canvas_view.touch_action?.replace(".bk-events { touch-action: pan-y }")
}

if (plot.pen === undefined) {
  plot.pen = document.createElement("canvas").getContext("2d")
  plot.pen.font = font
  plot.toolbar.active_changed.connect(() => queueMicrotask(allowVerticalScroll))
  queueMicrotask(allowVerticalScroll)
}
if (!plot.renderPending) {  // start and end of the range change one after the other: render once
  plot.renderPending = true
  queueMicrotask(render)
}
