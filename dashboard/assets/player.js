// Video player with all audio tracks and seeking. The service transcodes on the fly, so seeking outside of the buffer is a new
// request; film time is the stream's time plus its start.

import { requestJson } from "./dialogs.js"
import { at } from "./page.js"
import { stopClip } from "./audio_clips.js"
import { formatClock, parseCues, PAUSE, PLAY, SHELL, SPEEDS } from "./player_shell.js"
import { Volume } from "./volume.js"

const FRAME_S = 0.04 // of a film whose frame rate is not known yet

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
    this.frame = FRAME_S
    this.looped = null // { start, end } of the line that repeats
    this.sound = new Volume(this.video, this.find(".volume"), this.find(".mute"))
    this.listen()
  }

  find(selector) { return this.element.querySelector(selector) }

  get now() { return this.video.getAttribute("src") ? this.start + this.video.currentTime : Number(this.find(".seek").value) }
  get isLoaded() { return Boolean(this.video.getAttribute("src")) }
  get isPlaying() { return this.isLoaded && !this.video.paused && !this.video.ended }
  get speed() { return Number(this.find(".speed").value) }

  listen() {
    const { video } = this
    this.find(".play").addEventListener("click", () => this.toggle())
    this.find(".seek").addEventListener("input", ({ target }) => this.seek(Number(target.value)))
    this.find(".track").addEventListener("change", () => { if (video.src) this.load(this.now) })
    this.find(".subtitles").addEventListener("change", () => this.caption())
    this.find(".full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : this.element.requestFullscreen()))
    this.find(".screen").addEventListener("click", () => this.toggle())
    this.find(".speed").addEventListener("change", () => this.setSpeed())
    video.addEventListener("play", () => this.watch())
    video.addEventListener("timeupdate", () => this.tick())
    video.addEventListener("play", () => { this.wanted = true })
    video.addEventListener("pause", () => { this.wanted = Boolean(video.error) && this.wanted }) // a browser pauses a stream that it cannot play
    for (const kind of ["play", "pause", "ended"]) video.addEventListener(kind, () => this.shown())
    for (const kind of ["waiting", "loadstart"]) video.addEventListener(kind, () => this.waiting(!video.paused || !video.readyState))
    for (const kind of ["playing", "loadeddata", "error"]) video.addEventListener(kind, () => this.waiting(false))
    video.addEventListener("error", () => this.failed())
    video.addEventListener("ended", () => this.ended())
  }

  changeSpeed(by) {
    this.find(".speed").value = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(this.speed) + by))]
    this.setSpeed()
  }

  /** Play at the chosen speed; the stream comes as fast as it is played. */
  setSpeed() {
    this.video.playbackRate = this.speed
    if (this.isLoaded && this.speed > Math.max(1, this.streamed)) this.load(this.now, this.isPlaying)
  }

  stepFrame(by) {
    this.video.pause()
    this.seek(Math.max(0, this.now + by * this.frame), false)
  }

  /** Repeat a line; the same or none ends it. */
  loop(line) {
    this.looped = line && !this.looped ? { start: line.start, end: line.end } : null
    this.find(".loop").setAttribute("aria-pressed", String(Boolean(this.looped)))
    if (this.looped) this.playFrom(this.looped.start)
  }

  /** Follow playback frame by frame: the playhead, the loop, and the film's frame rate. */
  watch() {
    const each = () => {
      if (!this.isPlaying || !this.element.isConnected) return
      if (this.looped && this.now >= this.looped.end) this.canSeek(this.looped.start) ? this.seek(this.looped.start) : this.load(this.looped.start)
      document.dispatchEvent(new CustomEvent("player-time"))
      requestAnimationFrame(each)
    }
    requestAnimationFrame(each)
    this.video.requestVideoFrameCallback?.((_, one) => this.video.requestVideoFrameCallback((_, next) => {
      const length = next.mediaTime - one.mediaTime
      if (length > 0 && length < 0.1) this.frame = length
    }))
  }

  /** Fetch audio tracks and subtitles, again for each version and language of the dub. */
  async refresh(version, language) {
    if (this.version === version && this.language === language) return
    const turned = this.language !== language
    this.version = version
    this.language = language
    this.tracks = [] // until they are known for this version
    const { tracks, duration } = await requestJson(`api/tasks/${this.task}/tracks`).catch((error) => this.showMessage(error.message) ?? { tracks: [] })
    if (!this.element.isConnected || this.version !== version || this.language !== language) return
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
    this.tracks = tracks.map(({ id }) => id)
    document.dispatchEvent(new CustomEvent("player-tracks"))
    if (this.video.src && turned) this.load(this.now, !this.video.paused)
  }

  load(from, playing = true) {
    this.start = Math.max(0, Math.min(from, Math.max(0, this.duration - 0.1)))
    this.showMessage("")
    this.video.src = `api/tasks/${this.task}/watch?track=${encodeURIComponent(this.find(".track").value)}&start=${this.start.toFixed(3)}${this.speed > 1 ? `&speed=${this.speed}` : ""}`
    this.streamed = this.speed
    this.video.preload = playing ? "none" : "auto" // a paused picture is shown, too
    this.video.defaultPlaybackRate = this.video.playbackRate = this.speed
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
  /** True for a moment that the stream holds and can go to: one without ranges goes back to its start alone. */
  canSeek(to) {
    const there = to - this.start
    const holds = (ranges, margin) => [...Array(ranges.length).keys()].some((n) => ranges.start(n) <= there && there <= ranges.end(n) - margin)
    return Boolean(this.video.src && !this.video.error && holds(this.video.buffered, 0.2) && holds(this.video.seekable, 0))
  }

  seek(to, playing = true) {
    if (this.canSeek(to)) this.video.currentTime = to - this.start
    else if (this.video.src) {
      clearTimeout(this.seeking)
      this.find(".time").textContent = formatClock(to)
      this.seeking = setTimeout(() => this.load(to, playing), 200) // debounced: nothing is encoded while the handle is dragged
    } else this.find(".seek").value = to
    if (!this.video.src) this.mark(to)
  }

  playFrom(to) {
    if (this.video.src) this.seek(to)
    else this.load(to)
    this.play()
  }

  async caption() {
    const language = this.find(".subtitles").value
    this.cues = []
    if (language) {
      const answer = await fetch(`api/tasks/${this.task}/subtitles/${language}?format=vtt`)
      const text = await answer.text()
      if (this.find(".subtitles").value !== language) return // others were chosen since
      if (answer.ok) this.cues = parseCues(text)
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
    document.dispatchEvent(new CustomEvent("player-time"))
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
      if (!button || !playing) return
      playing.looped = null
      playing.find(".loop").setAttribute("aria-pressed", "false")
      playing.playFrom(Number(button.dataset.seek))
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
