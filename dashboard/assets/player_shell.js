// HTML of the player, its icons, and the cues of its captions.

const icon = (path) => `<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" fill="currentColor">${path}</svg>`
export const PLAY = icon('<path d="M4 2.5v11l9-5.5z"/>')
export const PAUSE = icon('<path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z"/>')
const FULL = icon('<path d="M2 6V2h4v1.5H3.500V6zM10 2h4v4h-1.500V3.500H10zM14 10v4h-4v-1.500h2.500V10zM6 14H2v-4h1.500v2.500H6z"/>')
const STEP = icon('<path d="M3 3v10l6-5zM10.500 3h2v10h-2z"/>')
const BACK = icon('<path d="M13 3v10L7 8zM3.500 3h2v10h-2z"/>')
const LOUD = icon('<path d="M2 6h3l4-3.500v11L5 10H2zM11 5.500a3.500 3.500 0 0 1 0 5z"/>')
const LOOP = icon('<path d="M4 4h7V2l4 3-4 3V6H5v4H3V5zM12 12H5v2l-4-3 4-3v2h6V7h2v4z"/>')
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2]

export const SHELL = `<div class="screen"><video playsinline preload="none" aria-label="Film"></video><p class="captions" aria-hidden="true"></p>
<p class="waiting" hidden>Buffering …</p></div>
<div class="controls"><button type="button" class="play" aria-label="Play" disabled>${PLAY}</button>
<button type="button" data-command="frame-back" aria-label="One frame back">${BACK}</button>
<button type="button" data-command="frame-forward" aria-label="One frame forward">${STEP}</button>
<button type="button" class="loop" data-command="loop" aria-label="Repeat the line" aria-pressed="false">${LOOP}</button>
<span class="time" aria-hidden="true">0:00</span><input class="seek" type="range" min="0" max="1" step="0.1" value="0" aria-label="Position">
<button type="button" class="mute" data-command="mute" aria-label="Mute" aria-pressed="false">${LOUD}</button>
<input class="volume" type="range" min="0" max="1" step="0.05" value="1" aria-label="Volume">
<label>Speed <select class="speed">${SPEEDS.map((speed) => `<option value="${speed}"${speed === 1 ? " selected" : ""}>${speed}×</option>`).join("")}</select></label>
<label>Track <select class="track"></select></label><label>Subtitles <select class="subtitles"></select></label>
<button type="button" class="full" aria-label="Full screen">${FULL}</button></div><p class="hint said" role="status"></p>`

export const formatClock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), String(whole % 60).padStart(2, "0")]
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`
}

/** Cues of a WebVTT text as { start, end, text }. */
export function parseCues(vtt) {
  const seconds = (stamp) => stamp.split(":").reduce((sum, part) => 60 * sum + Number(part), 0)
  return vtt.split(/\r?\n\r?\n/).flatMap((block) => {
    const found = block.match(/([\d:.]+) --> ([\d:.]+).*\r?\n([\s\S]+)/)
    if (!found) return []
    const text = new DOMParser().parseFromString(found[3].replace(/<[^>]*>/g, ""), "text/html").body.textContent
    return [{ start: seconds(found[1]), end: seconds(found[2]), text: text.trim() }]
  })
}
