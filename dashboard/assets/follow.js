// The spoken line: marked in the script, and kept in sight while the film plays, until the reader scrolls elsewhere.

import { findLineAt } from "./lines.js"
import { at } from "./page.js"
import { currentPlayer } from "./player.js"
import { drawnRows, revealRow } from "./script.js"

const PAUSE_MS = 4000 // after scrolling, before the list follows again
let following = true
let spoken = null
let scrolledAt = 0

function show() {
  for (const button of document.querySelectorAll("[data-command=follow]")) button.setAttribute("aria-pressed", String(following))
}

export function toggleFollow() {
  following = !following
  scrolledAt = 0
  spoken = null
  show()
  mark()
}

/** Mark the spoken line, and scroll to it where it is another one. */
function mark() {
  const player = currentPlayer()
  if (!player || !at("script")) return
  const key = player.isLoaded ? findLineAt(player.now)?.key ?? null : null
  drawnRows().forEach((row, each) => row.classList.toggle("now", each === key))
  if (key === spoken) return
  spoken = key
  const typing = document.activeElement?.closest?.("#script")
  if (!key || !following || !player.isPlaying || typing || Date.now() - scrolledAt < PAUSE_MS) return
  revealRow(`script-${key}`)
}

export const follow = {
  begin({ signal }) {
    document.addEventListener("player-time", mark, { signal })
    for (const kind of ["wheel", "touchmove", "pointerdown"]) {
      document.addEventListener(kind, (event) => { if (event.target.closest?.(".rows")) scrolledAt = Date.now() }, { capture: true, passive: true, signal })
    }
  },
  look: show,
}
