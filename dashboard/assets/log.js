// Log tail: auto-scroll, unless the reader has scrolled up.

import { at, parseHtml } from "./page.js"

const isFollowing = () => at("follow")?.checked ?? true

export function setLog({ drop, add }) {
  const log = at("log")
  if (!log) return
  const children = [...log.children]
  children.slice(0, drop ?? children.length).forEach((line) => line.remove())
  log.append(parseHtml(add))
  if (isFollowing()) log.scrollTop = log.scrollHeight
}

export function watchLog() {
  const log = at("log")
  if (!log || log.dataset.watched) return
  log.dataset.watched = "yes"
  log.scrollTop = log.scrollHeight
  log.addEventListener("wheel", () => {
    at("follow").checked = log.scrollHeight - log.scrollTop - log.clientHeight < 40
  }, { passive: true })
  at("follow").addEventListener("change", () => { if (isFollowing()) log.scrollTop = log.scrollHeight })
}
