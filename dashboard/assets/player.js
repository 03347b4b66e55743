// Video player with all audio tracks and seeking. The service transcodes on the fly, so seeking outside of the buffer is a new
// request; film time is the stream's time plus its start.

import { requestJson } from "./dialogs.js"
import { documentOf } from "./figures.js"
import { at } from "./page.js"
import { stopClip } from "./audio_clips.js"

const icon = (path) => `<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" fill="currentColor">${path}</svg>`
const PLAY = icon('<path d="M4 2.5v11l9-5.5z"/>')
const PAUSE = icon('<path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z"/>')
const FULL = icon('<path d="M2 6V2h4v1.5H3.500V6zM10 2h4v4h-1.500V3.500H10zM14 10v4h-4v-1.500h2.500V10zM6 14H2v-4h1.500v2.500H6z"/>')
const SHELL = `<div class="screen"><video playsinline preload="none" aria-label="Film"></video><p class="captions" aria-hidden="true"></p>
<p class="waiting" hidden>Buffering …</p></div>
<div class="controls"><button type="button" class="play" aria-label="Play" disabled>${PLAY}</button>
<span class="time" aria-hidden="true">0:00</span><input class="seek" type="range" min="0" max="1" step="0.1" value="0" aria-label="Position">
<label>Track <select class="track"></select></label><label>Subtitles <select class="subtitles"></select></label>
<button type="button" class="full" aria-label="Full screen">${FULL}</button></div><p class="hint said" role="status"></p>`

export const formatClock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), String(whole % 60).padStart(2, "0")]
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`
}

/** Cues of a WebVTT text as { start, end, text }. */
function parseCues(vtt) {
  const seconds = (stamp) => stamp.split(":").reduce((sum, part) => 60 * sum + Number(part), 0)
  return vtt.split(/\r?\n\r?\n/).flatMap((block) => {
    const found = block.match(/([\d:.]+) --> ([\d:.]+).*\r?\n([\s\S]+)/)
    if (!found) return []
    const text = new DOMParser().parseFromString(found[3].replace(/<[^>]*>/g, ""), "text/html").body.textContent
    return [{ start: seconds(found[1]), end: seconds(found[2]), text: text.trim() }]
  })
}

class Player {
  constructor(element) {
    this.element = element
    this.task = element.dataset.task
    this.duration = Number(element.dataset.duration)
    this.start = 0
    this.cues = []
    this.wanted = false // true from play to pause, also while the stream is reloaded
    element.innerHTML = SHELL
    this.video = this.find("video")
    this.find(".seek").max = this.duration || 1
    this.listen()
  }

  find(selector) { return this.element.querySelector(selector) }

  get now() { return this.start + this.video.currentTime }

  listen() {
    const { video } = this
    this.find(".play").addEventListener("click", () => this.toggle())
    this.find(".seek").addEventListener("input", ({ target }) => this.seek(Number(target.value)))
    this.find(".track").addEventListener("change", () => { if (video.src) this.load(this.now) })
    this.find(".subtitles").addEventListener("change", () => this.caption())
    this.find(".full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : this.element.requestFullscreen()))
    this.find(".screen").addEventListener("click", () => this.toggle())
    this.element.addEventListener("keydown", (event) => this.key(event))
    video.addEventListener("timeupdate", () => this.tick())
    video.addEventListener("play", () => { this.wanted = true })
    video.addEventListener("pause", () => { this.wanted = Boolean(video.error) && this.wanted }) // a browser pauses a stream that it cannot play
    for (const kind of ["play", "pause", "ended"]) video.addEventListener(kind, () => this.shown())
    for (const kind of ["waiting", "loadstart"]) video.addEventListener(kind, () => this.waiting(!video.paused || !video.readyState))
    for (const kind of ["playing", "loadeddata", "error"]) video.addEventListener(kind, () => this.waiting(false))
    video.addEventListener("error", () => this.failed())
    video.addEventListener("ended", () => this.ended())
  }

  key(event) {
    if (event.target.matches("select, input")) return
    const moves = { ArrowLeft: -5, ArrowRight: 5 }
    if (event.key in moves) this.seek(Math.max(0, this.now + moves[event.key]))
    else if (event.key !== "k") return
    else this.toggle()
    event.preventDefault()
  }

  /** Fetch audio tracks and subtitles, again for each version and language of the dub. */
  async refresh(version, language) {
    if (this.version === version && this.language === language) return
    const turned = this.language !== language
    this.version = version
    this.language = language
    const { tracks, duration } = await requestJson(`api/tasks/${this.task}/tracks`).catch((error) => this.showMessage(error.message) ?? { tracks: [] })
    if (!this.element.isConnected) return
    if (duration) this.find(".seek").max = this.duration = duration
    const option = ({ id, title }, chosen) =>
      Object.assign(document.createElement("option"), { value: id, textContent: title.replace(/^Dubarr – /, ""), selected: chosen })
    const before = turned ? null : this.find(".track").value
    const wanted = before || (tracks.some(({ id }) => id === language) ? language : "original")
    this.find(".track").replaceChildren(...tracks.map((track) => option(track, track.id === wanted)))
    const texts = tracks.filter(({ language: tag }) => tag)
    const reading = turned ? "" : this.find(".subtitles").value
    this.find(".subtitles").replaceChildren(option({ id: "", title: "Off" }, true), ...texts.map((track) => option({ id: track.language, title: track.title }, track.language === reading)))
    this.find(".play").disabled = !tracks.length
    if (this.video.src && turned) this.load(this.now, !this.video.paused)
  }

  load(from, playing = true) {
    this.start = Math.max(0, Math.min(from, Math.max(0, this.duration - 0.1)))
    this.showMessage("")
    this.video.src = `api/tasks/${this.task}/watch?track=${encodeURIComponent(this.find(".track").value)}&start=${this.start.toFixed(3)}`
    if (playing) this.play()
    this.tick()
  }

  play() {
    stopClip()
    this.video.play().catch((error) => { if (error.name === "NotAllowedError") this.shown() }) // a seek rejects the promise of the previous play
  }

  toggle() {
    if (!this.video.src || this.video.ended) this.load(this.video.ended ? 0 : Number(this.find(".seek").value))
    else if (this.video.error) this.load(this.now)
    else if (this.video.paused) this.play()
    else this.video.pause()
  }

  /** Seek: within the buffer, else by a new request. */
  seek(to) {
    const inside = this.video.src && !this.video.error && [...Array(this.video.buffered.length).keys()].some((n) => {
      const there = to - this.start
      return this.video.buffered.start(n) <= there && there <= this.video.buffered.end(n) - 0.2
    })
    if (inside) this.video.currentTime = to - this.start
    else if (this.video.src) {
      clearTimeout(this.seeking)
      this.find(".time").textContent = formatClock(to)
      this.seeking = setTimeout(() => this.load(to, true), 200) // debounced: nothing is encoded while the handle is dragged
    } else this.find(".seek").value = to
    if (!this.video.src) this.mark(to)
  }

  playFrom(to) {
    if (this.video.src) this.seek(to)
    else this.load(to)
    this.play()
    this.element.scrollIntoView({ block: "nearest" })
  }

  async caption() {
    const language = this.find(".subtitles").value
    this.cues = []
    if (language) {
      const answer = await fetch(`api/tasks/${this.task}/subtitles/${language}?format=vtt`)
      if (answer.ok) this.cues = parseCues(await answer.text())
      else this.showMessage("These subtitles are not available yet.")
    }
    this.tick()
  }

  tick() {
    const now = this.now
    const seek = this.find(".seek")
    seek.value = now
    seek.setAttribute("aria-valuetext", formatClock(now))
    this.mark(now)
  }

  mark(now) {
    this.find(".time").textContent = `${formatClock(now)} / ${formatClock(this.duration)}`
    const words = this.cues.filter(({ start, end }) => start <= now && now < end).map(({ text }) => text).join("\n")
    if (this.find(".captions").textContent !== words) this.find(".captions").textContent = words
    const timeline = at("figure-timeline")
    const head = timeline && documentOf(timeline)?.get_model_by_name("playhead")
    head?.setv({ location: now, visible: Boolean(this.video.src) })
    for (const row of document.querySelectorAll("#script > tr[data-start]")) {
      row.classList.toggle("now", Number(row.dataset.start) <= now && now < Number(row.dataset.end) && Boolean(this.video.src))
    }
  }

  shown() {
    const playing = !this.video.paused && !this.video.ended
    this.find(".play").innerHTML = playing ? PAUSE : PLAY
    this.find(".play").setAttribute("aria-label", playing ? "Pause" : "Play")
  }

  /** Resume a stream that ended before the film, unless it ended at once. */
  ended() {
    if (this.now < this.duration - 1.5 && this.video.currentTime > 1) this.load(this.now)
  }

  waiting(on) { this.find(".waiting").hidden = !on }

  /** Resume a stream that broke off: after a restart of the service, or a pause so long that the slot was released. */
  async failed() {
    if (!this.video.getAttribute("src")) return
    if (this.video.currentTime > 0.5) { // some of it was played: resume, at once or on play
      if (this.wanted) this.load(this.now)
      else this.shown()
      return
    }
    const answer = await fetch(this.video.src).catch(() => null) // the element has no reason
    if (!answer) return this.showMessage("The service does not answer.")
    if (answer.ok) answer.body?.cancel()
    const { detail } = answer.ok ? {} : await answer.json().catch(() => ({}))
    this.showMessage(detail ?? "This browser cannot play this stream.")
  }

  showMessage(text) { this.find(".said").textContent = text }

  stop() {
    this.video.removeAttribute("src")
    this.video.load() // closes the connection, which ends the encoder
  }
}

let playing = null

export const player = {
  begin({ signal }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-seek]")
      if (button && playing) playing.playFrom(Number(button.dataset.seek))
    }, { signal })
  },
  look() {
    const element = at("player")
    if (playing && playing.element !== element) {
      playing.stop()
      playing = null
    }
    if (!element) return
    playing ??= new Player(element)
    const about = at("about")?.firstElementChild
    if (about) playing.refresh(about.dataset.version, about.dataset.language)
  },
}

/** The player of this page, or null. */
export const currentPlayer = () => playing
