// Notices a lost connection, waits for the service to answer again, and begins anew.

import { at } from "./page.js"

const PING = 5000 // ms between signs of life
const SILENCE = 13000 // ms without an answer after which the connection counts as lost

/** What survives a reload of this tab. */
const memory = {
  get: () => JSON.parse(sessionStorage.getItem("dubarr") ?? "{}"),
  set: (change) => sessionStorage.setItem("dubarr", JSON.stringify({ ...memory.get(), ...change })),
}

export class Pulse {
  constructor(tell) {
    this.tell = tell
    this.heard = performance.now()
    this.lost = false
    this.timer = setInterval(() => this.beat(), PING)
  }

  alive() {
    this.heard = performance.now()
    if (memory.get().losses) memory.set({ losses: 0 })
  }

  beat() {
    if (this.lost || document.hidden) return // timers of a hidden tab sleep: its silence means nothing
    if (performance.now() - this.heard > SILENCE + PING) this.lose()
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
    at("trouble").textContent = "Reconnecting. The connection to the service was lost."
    const wait = (ms) => new Promise((done) => setTimeout(done, ms))
    await wait(Math.min(60000, 500 * 2 ** losses)) // never a storm of reloads where it is lost again and again
    while (!(await fetch("/health", { cache: "no-store" }).then((answer) => answer.ok, () => false))) await wait(2000)
    location.reload()
  }

  stop() {
    this.lost = true
    clearInterval(this.timer)
  }
}
