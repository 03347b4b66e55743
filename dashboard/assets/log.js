// Log tail: auto-scroll, unless the reader has scrolled up.

import { at, parsed } from "./page.js"

const following = () => at("follow")?.checked ?? true

export function setLog({ drop, add }) {
  const log = at("log")
  if (!log) return
  const children = [...log.children]
  children.slice(0, drop ?? children.length).forEach((line) => line.remove())
  log.append(parsed(add))
  if (following()) log.scrollTop = log.scrollHeight
}

export function watchLog() {
  const log = at("log")
  if (!log || log.dataset.watched) return
  log.dataset.watched = "yes"
  log.scrollTop = log.scrollHeight
  log.addEventListener("wheel", () => {
    at("follow").checked = log.scrollHeight - log.scrollTop - log.clientHeight < 40
  }, { passive: true })
  at("follow").addEventListener("change", () => { if (following()) log.scrollTop = log.scrollHeight })
}
