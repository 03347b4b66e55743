// Renders the figure placeholders with BokehJS, and again when their source changes.

import { scheme } from "./color_scheme.js"

const drawn = new WeakMap() // element → { source, views }

async function draw(element) {
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC")
  const source = `${element.dataset.figure}&scheme=${scheme()}&zone=${zone}`
  const before = drawn.get(element)
  if (before?.source === source) return
  const mine = { source, views: before?.views }
  drawn.set(element, mine)
  const answer = await fetch(source).catch(() => null)
  if (drawn.get(element) !== mine || !element.isConnected) return // a newer source was requested meanwhile
  if (!answer?.ok) {
    drawn.delete(element)
    element.textContent = "This figure could not be loaded."
    return
  }
  const item = await answer.json()
  const restoreZoom = before?.document && captureZoom(before.document)
  before?.views?.clear?.()
  element.replaceChildren()
  mine.views = await Bokeh.embed.embed_item({ ...item, target_id: element.id })
  mine.document = [...mine.views][0]?.model.document
  if (restoreZoom) restoreZoom(mine.document)
  element.dispatchEvent(new CustomEvent("drawn", { bubbles: true, detail: mine.document }))
}

/** Function that restores the zoomed range in a new drawing of the figure; null where it is not zoomed. */
function captureZoom(document) {
  const range = document.get_model_by_name?.("time")
  if (!range) return null
  const { start, end, reset_start, reset_end } = range
  if (start === reset_start && end === reset_end) return null
  return (fresh) => fresh.get_model_by_name("time")?.setv({ start, end })
}

export const figures = {
  look: () => document.querySelectorAll("[data-figure]").forEach((element) => draw(element)),
  redraw: () => figures.look(),
}

/** Bokeh document of a drawn figure. */
export const documentOf = (element) => drawn.get(element)?.document
