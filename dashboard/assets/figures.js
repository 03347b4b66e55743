// Renders the figure placeholders with BokehJS, and again when their source changes.

import { scheme } from "./color_scheme.js"

const drawn = new WeakMap() // element → { source, views }

async function draw(element) {
  const source = `${element.dataset.figure}&scheme=${scheme()}`
  const before = drawn.get(element)
  if (before?.source === source) return
  const mine = { source, views: before?.views }
  drawn.set(element, mine)
  const answer = await fetch(source).catch(() => null)
  if (drawn.get(element) !== mine || !element.isConnected) return // something newer is wanted by now
  if (!answer?.ok) {
    drawn.delete(element)
    element.textContent = "This figure could not be loaded."
    return
  }
  const item = await answer.json()
  const held = before?.document && keepRange(before.document)
  before?.views?.clear?.()
  element.replaceChildren()
  mine.views = await Bokeh.embed.embed_item({ ...item, target_id: element.id })
  mine.document = [...mine.views][0]?.model.document
  if (held) held(mine.document)
  element.dispatchEvent(new CustomEvent("drawn", { bubbles: true, detail: mine.document }))
}

/** What was zoomed into stays so when the same figure is drawn anew. */
function keepRange(document) {
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

/** The Bokeh document of a figure once it is drawn. */
export const documentOf = (element) => drawn.get(element)?.document
