// Toast messages: shown in a place of the window where they cover no control, and moved when one scrolls under them.

import { at } from "./page.js"

const CONTROLS = "button, .button, input, select, textarea, summary, label.drop, .chip"
const MARGIN_PX = 12, STEP_PX = 12
const GOOD_MS = 5000, BAD_MS = 12000

let timer

export function showToast({ text, bad }) {
  const toast = at("toast")
  toast.textContent = text
  toast.className = bad ? "bad" : "good"
  placeToast()
  clearTimeout(timer)
  timer = setTimeout(() => { toast.textContent = ""; toast.className = "" }, bad ? BAD_MS : GOOD_MS)
}

/** Area in px² that a rectangle shares with others. */
function overlap({ left, top, right, bottom }, others) {
  return others.reduce((sum, other) =>
    sum + Math.max(0, Math.min(right, other.right) - Math.max(left, other.left)) * Math.max(0, Math.min(bottom, other.bottom) - Math.max(top, other.top)), 0)
}

/** Rectangles of what is on the screen, out of the toast. */
function findRectangles(selector) {
  return [...document.querySelectorAll(selector)]
    .filter((each) => each.id !== "toast" && each.checkVisibility())
    .map((each) => each.getBoundingClientRect())
    .filter((each) => each.width && each.bottom > 0 && each.top < innerHeight)
}

/** The place, from the lower right corner up, that covers least: controls count most, then links. */
export function placeToast() {
  const toast = at("toast")
  if (!toast.textContent) return
  const { width, height } = toast.getBoundingClientRect()
  const [controls, links] = [findRectangles(CONTROLS), findRectangles("a[href]")]
  const columns = [...new Set([document.documentElement.clientWidth - width - MARGIN_PX, MARGIN_PX, (document.documentElement.clientWidth - width) / 2])]
  let best
  for (let top = innerHeight - height - MARGIN_PX; top >= MARGIN_PX; top -= STEP_PX) {
    for (const left of columns) {
      const place = { left, top, right: left + width, bottom: top + height }
      const cost = 1000 * overlap(place, controls) + overlap(place, links)
      if (best === undefined || cost < best.cost) best = { ...place, cost }
      if (!cost) break
    }
    if (best.cost === 0) break
  }
  if (best) Object.assign(toast.style, { left: `${best.left}px`, top: `${best.top}px` })
}

let placing = false
for (const kind of ["scroll", "resize"]) {
  addEventListener(kind, () => {
    if (placing) return
    placing = true
    requestAnimationFrame(() => { placing = false; placeToast() })
  }, { passive: true, capture: true })
}
