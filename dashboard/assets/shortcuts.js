// Commands of the film page, by key and by button (`data-command`), and the dialog that lists their keys.

import { toggleFollow } from "./follow.js"
import { openFindReplace } from "./find_replace.js"
import { addLine, deleteLine, mergeLine, nudgeLine, redoStep, restoreLine, setEdge, splitLine, stepLine, undoStep } from "./line_commands.js"
import { findLine, findLineAt } from "./lines.js"
import { at } from "./page.js"
import { currentPlayer } from "./player.js"
import { sendDrafts } from "./save_drafts.js"
import { chosenLine } from "./script.js"
import { openCurrentTakes, toggleCurrentLock } from "./takes.js"
import { zoomTimeline } from "./timeline.js"

const player = (act) => () => currentPlayer() && act(currentPlayer())
const chosenOrSpoken = () => findLine(chosenLine()) ?? findLineAt(currentPlayer()?.now ?? 0)
const focusSearch = () => document.querySelector("form[data-find=script] input")?.focus()

// Keys: `Ctrl+…` anywhere; a single key outside of fields, and with Alt anywhere. `name` of a command: also that of its buttons.
const COMMANDS = [
  { title: "Script" },
  { name: "save", keys: ["Ctrl+S"], text: "Save and dub again", run: (page) => sendDrafts(page) },
  { name: "undo", keys: ["Ctrl+Z"], text: "Undo", run: undoStep },
  { name: "redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], text: "Redo", run: redoStep },
  { name: "find", keys: ["Ctrl+F"], text: "Search the script", run: focusSearch },
  { name: "replace", keys: ["Ctrl+H"], text: "Find and replace", run: (page) => openFindReplace(page) },
  { name: "help", keys: ["?"], text: "Keyboard shortcuts", run: openHelp },
  { title: "Line" },
  { name: "next", keys: ["N"], text: "Next line", run: () => stepLine(1) },
  { name: "previous", keys: ["P"], text: "Previous line", run: () => stepLine(-1) },
  { name: "loop", keys: ["R"], text: "Repeat the line, on or off", run: player((film) => film.loop(chosenOrSpoken())) },
  { name: "split", keys: ["S"], text: "Split at the cursor or the playhead", run: splitLine },
  { name: "merge", keys: ["J"], text: "Merge with the next line", run: mergeLine },
  { name: "add", keys: ["I"], text: "Add a line at the playhead", run: addLine },
  { name: "delete", keys: ["Delete"], text: "Delete or restore the line", run: deleteLine },
  { name: "takes", keys: ["T"], text: "Takes of the line", run: openCurrentTakes },
  { name: "lock", keys: ["L"], text: "Lock or unlock the line", run: toggleCurrentLock },
  { name: "start", keys: ["["], text: "Start of the line to the playhead", run: () => setEdge("start") },
  { name: "end", keys: ["]"], text: "End of the line to the playhead", run: () => setEdge("end") },
  { name: "earlier", keys: ["Shift+←"], text: "Move the line 50 ms earlier", run: () => nudgeLine(-0.05) },
  { name: "later", keys: ["Shift+→"], text: "Move the line 50 ms later", run: () => nudgeLine(0.05) },
  { title: "Player" },
  { name: "play", keys: ["K", "Space"], text: "Play or pause", run: player((film) => film.toggle()) },
  { name: "back", keys: ["←"], text: "5 s back", run: player((film) => film.seek(Math.max(0, film.now - 5))) },
  { name: "forward", keys: ["→"], text: "5 s forward", run: player((film) => film.seek(film.now + 5)) },
  { name: "frame-back", keys: [","], text: "One frame back", run: player((film) => film.stepFrame(-1)) },
  { name: "frame-forward", keys: ["."], text: "One frame forward", run: player((film) => film.stepFrame(1)) },
  { name: "slower", keys: ["<"], text: "Slower", run: player((film) => film.changeSpeed(-1)) },
  { name: "faster", keys: [">"], text: "Faster", run: player((film) => film.changeSpeed(1)) },
  { name: "mute", keys: ["M"], text: "Mute", run: player((film) => film.sound.mute()) },
  { name: "quieter", keys: ["↓"], text: "Quieter", run: player((film) => film.sound.change(-0.1)) },
  { name: "louder", keys: ["↑"], text: "Louder", run: player((film) => film.sound.change(0.1)) },
  { name: "follow", keys: ["F"], text: "Follow the spoken line, on or off", run: toggleFollow },
  { title: "Timeline" },
  { name: "zoom-in", keys: ["+"], text: "Zoom in", run: () => zoomTimeline(0.5) },
  { name: "zoom-out", keys: ["-"], text: "Zoom out", run: () => zoomTimeline(2) },
]
const BY_NAME = new Map(COMMANDS.filter(({ name }) => name).map((command) => [command.name, command]))
const BY_KEY = new Map(COMMANDS.flatMap((command) => (command.keys ?? []).map((key) => [key, command])))
const ARROWS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Backspace: "Delete" }
const SINGLE = "dubarr-single-keys" // "off" where single keys are switched off: speech input and tremor press them unasked (WCAG 2.1.4)
const isOn = () => localStorage.getItem(SINGLE) !== "off"

const isTyping = (element) => Boolean(element?.closest?.("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]"))

/** The command of a key press, or undefined. */
function findCommand(event) {
  const control = event.ctrlKey || event.metaKey
  let key = ARROWS[event.key] ?? (event.altKey && /^(Key|Digit)/.test(event.code) ? event.code.slice(-1) : event.key)
  if (key.length === 1) key = key.toUpperCase()
  if (control) return event.altKey ? undefined : BY_KEY.get(`Ctrl+${event.shiftKey ? "Shift+" : ""}${key}`)
  if (event.altKey && "←→".includes(key)) return undefined // the browser's history
  const typing = isTyping(event.target)
  if (!event.altKey && (typing || !isOn())) return undefined
  if (key === "Space" && event.target.closest?.("button, a, summary, input")) return undefined
  if ("←→↑↓".includes(key) && event.target.closest?.("input, [role=tab], .rows")) return undefined
  return BY_KEY.get(`${event.shiftKey && "←→".includes(key) ? "Shift+" : ""}${key}`)
}

function openHelp() {
  const dialog = at("shortcuts")
  const rows = COMMANDS.map(({ title, keys, text }) => {
    const row = document.createElement("tr")
    if (title) {
      row.append(Object.assign(document.createElement("th"), { textContent: title, colSpan: 2, scope: "colgroup" }))
      return row
    }
    const name = Object.assign(document.createElement("td"), { textContent: text })
    const shown = document.createElement("td")
    keys.forEach((key, n) => shown.append(n ? " or " : "", Object.assign(document.createElement("kbd"), { textContent: key })))
    row.append(name, shown)
    return row
  })
  at("shortcuts-list").replaceChildren(...rows)
  at("shortcuts-single").checked = isOn()
  dialog.showModal()
}

export const shortcuts = {
  begin(page) {
    const { signal } = page
    const isHere = () => Boolean(at("bench")) && !document.querySelector("dialog[open]")
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing || !isHere()) return
      const command = findCommand(event)
      if (!command || (["undo", "redo"].includes(command.name) && event.target.type === "search")) return
      event.preventDefault()
      command.run(page)
    }, { signal })
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button[data-command]")
      if (button) BY_NAME.get(button.dataset.command).run(page)
      const restore = event.target.closest?.("button[data-restore]")
      if (restore) restoreLine(restore.dataset.restore)
    }, { signal })
    document.addEventListener("change", ({ target }) => {
      if (target.id === "shortcuts-single") localStorage.setItem(SINGLE, target.checked ? "on" : "off")
    }, { signal })
  },
}
