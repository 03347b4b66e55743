// Audio clips: a line's original or dub, a speaker's clip. One at a time; the same button stops it. Nothing plays over the film:
// a clip pauses it, and the film stops the clip.

const sound = new Audio()
let pressed = null

export function stopClip() {
  sound.pause()
  pressed?.removeAttribute("aria-pressed")
  pressed = null
}

export function playClip(button, source, showToast) {
  const again = pressed === button
  stopClip()
  if (again) return
  document.querySelectorAll("video").forEach((film) => film.pause())
  pressed = button
  button.setAttribute("aria-pressed", "true")
  sound.src = source
  sound.play().catch(async (error) => {
    if (error.name === "AbortError" || pressed !== button) return
    stopClip()
    const answer = await fetch(source).catch(() => null)
    const { detail } = answer && !answer.ok ? await answer.json().catch(() => ({})) : {}
    showToast({ text: detail ?? "This clip is not available at the moment.", bad: true })
  })
}

sound.addEventListener("ended", stopClip)
document.addEventListener("play", stopClip, true) // media events do not bubble; the clip's own element is not in the document
