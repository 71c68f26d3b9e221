import type { JournalHead, JournalKey } from "../../core/ports/index.ts"

const mostKept = 50_000

/**
 * The journals whose first head this store has written, as far as it remembers them: of their later heads too it has
 * no note, since nobody has read them from it.
 */
export class BegunJournals {
  readonly #names = new Set<string>()

  #name({ id, topic }: JournalKey, { recordId }: JournalHead): string {
    return `${recordId} ${topic} ${id}`
  }

  add(key: JournalKey, head: JournalHead): void {
    this.#names.add(this.#name(key, head))
    if (this.#names.size <= mostKept) return
    for (const oldest of this.#names) {
      this.#names.delete(oldest)
      return
    }
  }

  has(key: JournalKey, head: JournalHead): boolean {
    return this.#names.has(this.#name(key, head))
  }
}
