// Waveforms of the film's tracks: pairs of minimum and maximum (int8), fetched in tiles when they are drawn.

import { filmId } from "./lines.js"
import { currentPlayer } from "./player.js"

const TILE_PAIRS = 6000
const RATES = [100, 10, 1] // pairs a second
const MAX_TILES = 120 // kept
const RETRY_MS = 2000
const tiles = new Map() // address → Int8Array, "waiting", or "none"

function findTile(track, rate, tile) {
  const address = `api/tasks/${filmId()}/waveform?${new URLSearchParams({ track, rate, tile, version: currentPlayer().version })}`
  const found = tiles.get(address)
  if (found === undefined) fetchTile(address)
  return found instanceof Int8Array ? found : null
}

async function fetchTile(address) {
  tiles.set(address, "waiting")
  if (tiles.size > MAX_TILES) tiles.delete(tiles.keys().next().value)
  const answer = await fetch(address).catch(() => null)
  if (answer?.status === 202 || !answer) return void setTimeout(() => tiles.delete(address), RETRY_MS) // it is being made
  tiles.set(address, answer.ok ? new Int8Array(await answer.arrayBuffer()) : "none")
  document.dispatchEvent(new CustomEvent("waveform"))
}

/** Minima and maxima (-128..127) of a track for each of `columns` between two moments; null while none is there. */
export function readPeaks(track, from, to, columns) {
  if (!currentPlayer()?.tracks?.includes(track)) return null
  const step = (to - from) / columns
  const rate = RATES.find((each, n) => each * step <= 12 || n === RATES.length - 1)
  const lows = new Int8Array(columns)
  const highs = new Int8Array(columns)
  let found = false
  let number = -1
  let tile = null
  for (let column = 0; column < columns; column++) {
    const first = Math.max(0, Math.floor((from + column * step) * rate))
    const last = Math.max(first + 1, Math.floor((from + (column + 1) * step) * rate))
    for (let pair = first; pair < last; pair++) {
      if (Math.floor(pair / TILE_PAIRS) !== number) {
        number = Math.floor(pair / TILE_PAIRS)
        tile = findTile(track, rate, number)
      }
      const place = 2 * (pair % TILE_PAIRS)
      if (!tile || place >= tile.length) continue
      found = true
      if (tile[place] < lows[column]) lows[column] = tile[place]
      if (tile[place + 1] > highs[column]) highs[column] = tile[place + 1]
    }
  }
  return found ? { lows, highs } : null
}

/** Moments near `seconds` at which the original sound begins or ends. */
export function findSpeechEdges(seconds, within) {
  const width = Math.max(within, 0.1)
  const columns = Math.ceil(2 * (width + 1) * 100)
  const from = Math.max(0, seconds - width - 1)
  const peaks = readPeaks("original", from, from + columns / 100, columns)
  if (!peaks) return []
  const level = Array.from(peaks.highs, (high, n) => Math.max(high, -peaks.lows[n]))
  const limit = Math.max(5, 0.12 * Math.max(...level))
  const edges = []
  for (let n = 1; n < columns; n++) {
    const moment = from + n / 100
    if (level[n - 1] < limit !== level[n] < limit && Math.abs(moment - seconds) <= within) edges.push(moment)
  }
  return edges
}
