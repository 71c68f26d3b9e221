import { constants } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"

interface Entry {
  readonly path: string
  readonly create: boolean
  readonly handle: Promise<FileHandle>
  isOpen: boolean
  users: number
  forgotten: boolean
  closed: Promise<void> | undefined
}

/**
 * Files that stay open between uses, at most `max` of them; the one that was used longest ago is closed first.
 *
 * **Details**
 *
 * A file in use is never closed under its user: when all that may be open are in use, a further use waits for one of
 * them to end.
 */
export class OpenFiles {
  readonly #max: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #waiting: Array<() => void> = []
  /** Files that are being opened, are open, or are being closed. */
  #open = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Runs `work` on the open file; `create` makes the file when it is missing. */
  async use<A>(path: string, create: boolean, work: (file: FileHandle) => Promise<A>): Promise<A> {
    const running = this.#use(path, create, work)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  /** Closes the file, and all below it when it is a folder, once nobody uses it: its name is about to mean another. */
  async forget(path: string): Promise<void> {
    const closing: Array<Promise<void>> = []
    for (const entry of this.#entries.values()) {
      if (entry.path === path || entry.path.startsWith(`${path}/`)) closing.push(this.#release(entry))
    }
    await Promise.all(closing)
  }

  /** Waits for all uses and closes all files. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
    await Promise.all(Array.from(this.#entries.values(), (entry) => this.#release(entry)))
  }

  async #use<A>(path: string, create: boolean, work: (file: FileHandle) => Promise<A>): Promise<A> {
    while (this.#open >= this.#max && !this.#entries.has(path)) {
      const idle = this.#idle()
      if (idle !== undefined) await this.#release(idle)
      else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const entry = this.#enter(path, create)
    try {
      const file = await entry.handle
      entry.isOpen = true
      return await work(file)
    } finally {
      entry.users--
      if (entry.users === 0) {
        if (entry.forgotten || !entry.isOpen) await this.#release(entry)
        this.#waiting.shift()?.()
      }
    }
  }

  #enter(path: string, create: boolean): Entry {
    const found = this.#entries.get(path)
    // Who merely looks for a file, and has not opened it yet, may be about to find that it is missing.
    const entry: Entry =
      found !== undefined && (found.isOpen || found.create || !create)
        ? found
        : {
            path,
            create,
            handle: open(path, create ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR, 0o644),
            isOpen: false,
            users: 0,
            forgotten: false,
            closed: undefined
          }
    if (found !== undefined && found !== entry) found.forgotten = true
    if (entry !== found) this.#open++
    entry.users++
    this.#entries.delete(path)
    this.#entries.set(path, entry)
    return entry
  }

  async #release(entry: Entry): Promise<void> {
    entry.forgotten = true
    if (this.#entries.get(entry.path) === entry) this.#entries.delete(entry.path)
    if (entry.users === 0) await this.#shut(entry)
  }

  #shut(entry: Entry): Promise<void> {
    const gone = (): void => {
      this.#open--
      this.#waiting.shift()?.()
    }
    // A file that could not be opened needs no closing; its users know of it.
    entry.closed ??= entry.handle.then((file) => file.close().finally(gone), gone)
    return entry.closed
  }

  #idle(): Entry | undefined {
    for (const entry of this.#entries.values()) if (entry.users === 0) return entry
    return undefined
  }
}
