import type { JournalKey } from "../../core/ports/index.ts"

/** How many journals are remembered: more than a replicator keeps heads of. */
const remembered = 20_000

/**
 * Which incarnation of a journal this store was last told of, or has last written: its record id, or none.
 *
 * **Details**
 *
 * A removal of events does not say whose events they are. A replicator that slept while another one purged the journal,
 * and began it again, must not remove the new events: it removes those of the incarnation that it knows. What was not
 * used for longest is forgotten first.
 */
export class Incarnations {
  readonly #known = new Map<string, { readonly recordId: string | undefined }>()

  #name({ topic, id }: JournalKey): string {
    return `${topic.length}:${topic}${id}`
  }

  get(key: JournalKey): { readonly recordId: string | undefined } | undefined {
    return this.#known.get(this.#name(key))
  }

  set(key: JournalKey, recordId: string | undefined): void {
    const name = this.#name(key)
    this.#known.delete(name)
    this.#known.set(name, { recordId })
    if (this.#known.size <= remembered) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      break
    }
  }
}
