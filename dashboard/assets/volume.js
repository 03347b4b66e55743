// Volume of the player: a slider, a mute button, and the last volume, which the browser keeps.

const KEY = "dubarr-volume"

export class Volume {
  constructor(video, slider, button) {
    Object.assign(this, { video, slider, button })
    slider.addEventListener("input", () => this.set(Number(slider.value)))
    this.set(Number(localStorage.getItem(KEY) ?? 1))
  }

  set(volume) {
    this.video.volume = Math.max(0, Math.min(1, volume))
    this.video.muted = false
    localStorage.setItem(KEY, this.video.volume)
    this.show()
  }

  change(by) { this.set(this.video.volume + by) }

  mute() {
    this.video.muted = !this.video.muted
    this.show()
  }

  show() {
    this.slider.value = this.video.muted ? 0 : this.video.volume
    this.button.setAttribute("aria-pressed", String(this.video.muted))
  }
}
