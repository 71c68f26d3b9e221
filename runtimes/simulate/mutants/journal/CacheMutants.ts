import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const cache = planted("journal", "core/journal/read/PartitionCache.ts")
const tails = planted("journal", "core/journal/read/PartitionTails.ts")
const summary = planted("journal", "core/journal/fold/TailSummary.ts")

const emptyPage =
  "{ records: [], nextOffset: failure.logStart, logStart: failure.logStart, stableEnd: failure.logStart }"

/** Bugs of a cache of tails. */
export const cacheMutants: ReadonlyArray<Mutant> = [
  cache("cache-too-early", "It answers with what it has, whether or not it has come to the mark.", [
    `if (tails?.position !== undefined && mark <= tails.position)`,
    `if (tails?.position !== undefined)`
  ]),
  cache("cache-serves-early", "It answers those who wait with the next page, whether or not that reaches their mark.", [
    `    if (mark > position) continue\n`,
    ``
  ]),
  cache(
    "cache-serves-before-absorbing",
    "It says that it has read a page before it has looked at its records.",
    [`const isStored = page`, `tails.reach(page.nextOffset)\n  const early = serve(state)\n  const isStored = page`],
    [`  tails.reach(page.nextOffset)\n  const [next`, `  const [next`],
    [`const replies = serve(next)`, `const replies = early`]
  ),
  cache(
    "cache-unaware",
    "It takes a log's beginning for its journals', though its store has never had what was before it.",
    [
      `case "Trimmed":\n`,
      `case "Trimmed":\n      if (state.follower?.position === 0) return logRead(state, ${emptyPage})\n`
    ]
  ),
  cache("cache-begins-one-too-far", "It follows the log from one record behind the pointer's next one.", [
    `if (tails === undefined) return locate(state, (pointer ?? -1) + 1)`,
    `if (tails === undefined) return locate(state, (pointer ?? -1) + 2)`
  ]),
  cache("cache-passes-gap-over", "It goes on behind records that the log has lost and the store does not have.", [
    `case "Trimmed":\n`,
    `case "Trimmed":\n      return follow(state, failure.logStart)\n`
  ]),
  tails("dropped-at-first", "It forgets a journal once the store has the first action of its tail.", [
    `for (const [id, { last }] of this.#entries) {\n      if (last >= this.#from) return\n`,
    `for (const [id, { last, tail }] of this.#entries) {\n      if ((tail === "poisoned" ? last : (tail.first ?? last)) >= this.#from) continue\n`
  ]),
  tails("dropped-one-too-early", "It forgets a journal when the store lacks nothing but the last action of its tail.", [
    `if (last >= this.#from) return`,
    `if (last > this.#from) return`
  ]),
  tails("replicated-one-too-far", "It takes the record behind the pointer for one that is in the store.", [
    `Math.max(this.#from, pointer + 1)`,
    `Math.max(this.#from, pointer + 2)`
  ]),
  tails("eviction-forgotten", "It takes a journal for one without a tail when it has forgotten it.", [
    `(entry?.since ?? this.#evictedBelow) <= from`,
    `(entry?.since ?? 0) <= from`
  ]),
  tails("eviction-outlived", "It takes a tail for whole whose beginning it has forgotten.", [
    `since: known?.since ?? this.#evictedBelow`,
    `since: known?.since ?? this.#from`
  ]),
  tails("evicted-one-too-few", "It does not count the last journal that it has forgotten.", [
    `      this.#entries.delete(id)\n    }\n  }\n\n  /** What`,
    `      this.#entries.delete(id)\n      if (this.#entries.size <= kept) return\n    }\n  }\n\n  /** What`
  ]),
  tails(
    "tail-order-lost",
    "It keeps journals in the order of their first actions, and takes those behind one for younger.",
    [`    this.#entries.delete(id)\n    this.#entries.set`, `    this.#entries.set`]
  ),
  summary("purge-forgotten", "It forgets a purge once something was appended after it.", [
    `return { first, last: offset, purged, appendedTo: to,`,
    `return { first, last: offset, purged: false, appendedTo: to,`
  ]),
  summary("purge-forgotten-by-delete", "It forgets a purge once a delete came after it.", [
    `    first,\n    last: offset,\n    purged,\n`,
    `    first,\n    last: offset,\n    purged: false,\n`
  ]),
  summary("purge-keeps-run", "A purge leaves what was appended before it.", [
    `return { ...nothing, last: offset, purged: true }`,
    `return { ...(before ?? nothing), last: offset, purged: true }`
  ]),
  summary("own-deletes-lost", "A delete of numbers that the tail itself has appended is lost.", [
    `Math.max(base.deleteTo, run.deletedTo, Math.min(run.deleteTo, base.seqNr))`,
    `Math.max(base.deleteTo, Math.min(run.deleteTo, base.seqNr))`
  ]),
  summary("old-deletes-lost", "A delete of numbers from before the tail is lost.", [
    `Math.max(base.deleteTo, run.deletedTo, Math.min(run.deleteTo, base.seqNr))`,
    `Math.max(base.deleteTo, run.deletedTo)`
  ]),
  summary("summed-delete-beyond-last", "A delete of more than there is reaches what is appended after it.", [
    `Math.max(base.deleteTo, run.deletedTo, Math.min(run.deleteTo, base.seqNr))`,
    `Math.max(base.deleteTo, Math.min(run.deleteTo, Math.max(base.seqNr, run.appendedTo)))`
  ]),
  summary("summed-appends-lost", "It does not count what the tail has appended to a journal that exists.", [
    `seqNr: Math.max(base.seqNr, run.appendedTo),`,
    `seqNr: base.seqNr,`
  ]),
  summary("tail-first-moves", "It takes a tail's last action for its first.", [
    `const first = run.first ?? offset`,
    `const first = offset`
  ])
]
