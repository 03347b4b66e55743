// Uploads that are not complete, remembered over reloads in IndexedDB: their address, their file's name, size and time, and its
// handle where the browser gives one. Where there is no database, they are forgotten.

const STORE = "uploads"
let opened

const settle = (request) => new Promise((done, stop) => {
  request.onsuccess = () => done(request.result)
  request.onerror = () => stop(request.error)
})

function open() {
  opened ??= new Promise((done, stop) => {
    const request = indexedDB.open("dubarr", 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "url" })
    request.onsuccess = () => done(request.result)
    request.onerror = () => stop(request.error)
  })
  return opened
}

const use = async (mode, act) => settle(act((await open()).transaction(STORE, mode).objectStore(STORE)))

/** Remember an upload: url, name, size, modified, handle. */
export const rememberUpload = (record) => use("readwrite", (store) => store.put(record)).catch(() => {})

export const forgetUpload = (url) => use("readwrite", (store) => store.delete(url)).catch(() => {})

export const listUploads = () => use("readonly", (store) => store.getAll()).catch(() => [])

const keyOf = ({ name, size, lastModified }) => `${name}/${size}/${lastModified}`
const handles = new Map()

/** Keep the handles of files that were dropped: with one, an upload goes on after a reload without the file being chosen again. */
export function keepHandles(items) {
  for (const item of items) item.getAsFileSystemHandle?.().then(async (handle) => handle?.kind === "file" && keepHandle(await handle.getFile(), handle), () => {})
}

export const keepHandle = (file, handle) => handles.set(keyOf(file), handle)

export const findHandle = (file) => handles.get(keyOf(file))

/** True where a file is the one of an upload, unchanged. */
export const isSameFile = (file, { name, size, modified }) => file.name === name && file.size === size && file.lastModified === modified
