// Short sounds: a line as the film says it, as the dub says it, a speaker's clip. One at a time; the same button again stops it.

const sound = new Audio()
let pressed = null

export function hush() {
  sound.pause()
  pressed?.removeAttribute("aria-pressed")
  pressed = null
}

export function hear(button, source, say) {
  const again = pressed === button
  hush()
  if (again) return
  pressed = button
  button.setAttribute("aria-pressed", "true")
  sound.src = source
  sound.play().catch(async (error) => {
    if (error.name === "AbortError" || pressed !== button) return
    hush()
    const answer = await fetch(source).catch(() => null)
    const { detail } = answer && !answer.ok ? await answer.json().catch(() => ({})) : {}
    say({ text: detail ?? "It cannot be heard at the moment.", bad: true })
  })
}

sound.addEventListener("ended", hush)
