import { constants } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"

interface Entry {
  readonly path: string
  readonly handle: Promise<FileHandle>
  users: number
  forgotten: boolean
  closed: Promise<void> | undefined
}

/**
 * Files that stay open between uses, up to a number; the one that was used longest ago is closed first.
 *
 * **Details**
 *
 * A file in use is never closed under its user, so more than `max` are open while more than `max` are in use.
 */
export class OpenFiles {
  readonly #max: number
  readonly #entries = new Map<string, Entry>()
  readonly #running = new Set<Promise<unknown>>()

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
    const entry = this.#enter(path, create)
    try {
      return await work(await entry.handle)
    } catch (error) {
      await entry.handle.catch(() => this.#entries.delete(path))
      throw error
    } finally {
      entry.users--
      if (entry.forgotten && entry.users === 0) await this.#shut(entry)
      await this.#trim()
    }
  }

  #enter(path: string, create: boolean): Entry {
    const found = this.#entries.get(path)
    const entry: Entry = found ?? {
      path,
      handle: open(path, create ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR, 0o644),
      users: 0,
      forgotten: false,
      closed: undefined
    }
    entry.users++
    // Entries stand in the order of their last use.
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
    entry.closed ??= entry.handle.then((file) => file.close())
    return entry.closed
  }

  async #trim(): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= this.#max) return
      if (entry.users === 0) await this.#release(entry)
    }
  }
}
