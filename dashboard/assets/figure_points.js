// Points of the report's figures lead to their lines: by click, and by keyboard with the arrow keys and Enter.

import { at } from "./page.js"

const FIGURES = new Set(["figure-lateness", "figure-isochrony"])

function openLine(source, index) {
  const query = new URLSearchParams(location.search)
  for (const name of ["part", "search", "lines", "from"]) query.delete(name)
  const link = Object.assign(document.createElement("a"), { href: `?${query}#script-${source.data.number[index]}`, hidden: true })
  link.dataset.go = ""
  at("page").append(link)
  link.click()
  link.remove()
}

/** Status element behind a figure, which says the point that the arrow keys chose. */
function findStatus(element) {
  if (element.nextElementSibling?.matches(".point")) return element.nextElementSibling
  const status = Object.assign(document.createElement("p"), { className: "point hint" })
  status.setAttribute("role", "status")
  element.after(status)
  return status
}

function choose(element, source, index) {
  element.dataset.point = String(index)
  source.selected.indices = [index]
  const { number, at: clock, late, rate } = source.data
  findStatus(element).textContent = `Line ${number[index]} at ${clock[index]}: offset ${late[index].toFixed(2)} s, ${rate[index]}. Enter opens it.`
}

function listen({ target: element, detail }) {
  if (!FIGURES.has(element.id) || !detail) return
  const source = detail.get_model_by_name("lines")
  if (!source) return
  let byKey = false
  source.selected.change.connect(() => {
    const [first] = source.selected.indices
    if (!byKey && first !== undefined) openLine(source, first)
  })
  element.tabIndex = 0
  element.dataset.points = String(source.data.number.length)
  element.setAttribute("aria-description", "Arrow keys choose a line, Enter opens it.")
  element.onkeydown = (event) => {
    const count = source.data.number.length
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }
    const point = Number(element.dataset.point ?? -1)
    if (event.key === "Enter" && point >= 0) openLine(source, point)
    else if (event.key in steps) {
      byKey = true
      choose(element, source, (Math.max(-1, point + steps[event.key]) + count) % count)
      byKey = false
    } else return
    event.preventDefault()
  }
}

export const figurePoints = {
  begin({ signal }) { document.addEventListener("drawn", listen, { signal }) },
}
