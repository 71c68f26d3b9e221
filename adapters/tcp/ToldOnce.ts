/** How many sentences are remembered; beyond that the oldest may be told again. */
const most = 256

/** What has been told of each host already: who is refused comes again every few seconds. */
export class ToldOnce {
  readonly #told = new Map<string, string | undefined>()

  /** Whether this has not been told of the host yet; from now on it has. Of some the host is not known any more. */
  isNew(host: string | undefined, message: string): boolean {
    const key = `${host} ${message}`
    if (this.#told.has(key)) return false
    this.#told.set(key, host)
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= most) break
      this.#told.delete(oldest)
    }
    return true
  }

  /** The host is well now, and so may be those that are not known: what comes again is told again. */
  forget(host: string | undefined): void {
    for (const [key, of] of this.#told) if (of === undefined || of === host) this.#told.delete(key)
  }
}
