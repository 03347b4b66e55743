// Heartbeat of the connection: detects its loss, waits for the service, reloads the page.

import { at } from "./page.js"
import { isUploading } from "./upload_queue.js"

const PING_INTERVAL_MS = 5000
const TIMEOUT_MS = 13000 // without an answer, until the connection counts as lost

/** State of this tab that survives a reload (session storage). */
const memory = {
  get: () => JSON.parse(sessionStorage.getItem("dubarr") ?? "{}"),
  set: (change) => sessionStorage.setItem("dubarr", JSON.stringify({ ...memory.get(), ...change })),
}

export class Heartbeat {
  constructor(tell) {
    this.tell = tell
    this.heard = performance.now()
    this.lost = false
    this.timer = setInterval(() => this.beat(), PING_INTERVAL_MS)
  }

  alive() {
    this.heard = performance.now()
    if (memory.get().losses) memory.set({ losses: 0 })
  }

  beat() {
    if (this.lost || document.hidden) return // browsers throttle the timers of a hidden tab
    if (performance.now() - this.heard > TIMEOUT_MS + PING_INTERVAL_MS) this.lose()
    else this.tell({ ping: Math.round(performance.now()) })
  }

  woken() {
    if (document.hidden || this.lost) return
    this.heard = performance.now()
    this.beat()
  }

  async lose() {
    if (this.lost) return
    this.lost = true
    const losses = (memory.get().losses ?? 0) + 1
    memory.set({ losses })
    at("banner").textContent = "Reconnecting. The connection to the service was lost."
    for (const word of document.querySelectorAll("#badges [data-word], #engines [data-word]")) {
      word.dataset.word = "OFFLINE"
      word.querySelector("b").textContent = "OFFLINE"
    }
    const wait = (ms) => new Promise((done) => setTimeout(done, ms))
    await wait(Math.min(60000, 500 * 2 ** losses)) // exponential backoff: no storm of reloads
    while (!(await fetch("/health", { cache: "no-store" }).then((answer) => answer.ok, () => false))) await wait(2000)
    while (isUploading()) await wait(1000) // a reload would end them
    location.reload()
  }

  stop() {
    this.lost = true
    clearInterval(this.timer)
  }
}
