import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const page = planted("journal", "core/journal/read/StoredPage.ts")
const recovery = planted("journal", "core/journal/read/Recovery.ts")
const trust = planted("journal", "core/journal/trust/StoreTrust.ts")
const tail = planted("journal", "core/journal/read/RecoveryTail.ts")

const emptyPage = "{ records: [], nextOffset: failure.logStart, logStart: failure.logStart, stableEnd: state.fence }"

/** Bugs of a reader. */
export const recoveryMutants: ReadonlyArray<Mutant> = [
  recovery(
    "head-first",
    "It reads the head before the pointer, so that what is copied between the two is in neither.",
    [`"Mark" }, { _tag: "ReadPointer" }]`, `"Mark" }, { _tag: "ReadHead" }]`],
    [
      `now, trimmed, wanted }\n    return [state, [{ _tag: "ReadPointer" }]]`,
      `now, trimmed, wanted }\n    return [state, [{ _tag: "ReadHead" }]]`
    ],
    [`joined({ ...state, pointer, looks: looks + 1 })`, `located({ ...state, pointer, located: true })`],
    [`joined({ ...state, unanswered: false, known: answer`, `located({ ...state, unanswered: false, known: answer`],
    [
      `return located({ ...state, head: input.head, located: true })`,
      `return [{ ...state, head: input.head }, [{ _tag: "ReadPointer" }]]`
    ],
    [`if (state.known !== undefined) return summed(`, `if (state.phase === "Ended") return summed(`]
  ),
  recovery("trusting", "It never looks whether the store has moved on beneath it.", [
    `isWholePage(pageOf(state), events)`,
    `true`
  ]),
  recovery("unconfirmed", "It takes an action in the tail for the journal's beginning because it found no head.", [
    `state.head === undefined && !state.purged && state.first !== undefined`,
    `false`
  ]),
  recovery(
    "stored-tail-read",
    "It reads the log from its journal's head on, also what the pointer says the store has.",
    [`const seam = Math.max(pointer ?? -1, head?.offset ?? -1) + 1`, `const seam = (head?.offset ?? -1) + 1`]
  ),
  recovery("empty-page-given", "It gives out a page of the store in which there is nothing.", [
    `return events.length === 0 ? advance(state) : give(state, events)`,
    `return give(state, events)`
  ]),
  recovery("restless", "It begins again for as long as the log begins beyond the store.", [
    `return state.phase === "Checking" ? reached(state) : overtaken(`,
    `return overtaken(`
  ]),
  recovery(
    "unaware",
    "It takes a log's beginning for a journal's, though its store has never had what was before it.",
    [
      `case "Trimmed":\n`,
      `case "Trimmed":\n      if (state.follower?.position === 0) return logRead(state, ${emptyPage})\n`
    ]
  ),
  recovery("tail-applied-twice", "It applies a tail to a head that has a part of it already.", [
    `if (first !== undefined && after > first) return`,
    `if (false) return`
  ]),
  recovery("seam-without-head", "It begins its tail at the pointer, though the head it found is younger.", [
    `const seam = Math.max(pointer ?? -1, head?.offset ?? -1) + 1`,
    `const seam = (pointer ?? -1) + 1`
  ]),
  recovery("seam-one-too-far", "Its tail begins one record behind what the store has.", [
    `head?.offset ?? -1) + 1\n  const scanning`,
    `head?.offset ?? -1) + 2\n  const scanning`
  ]),
  recovery(
    "fence-one-too-near",
    "Its tail ends one record before the mark, so that what was acknowledged last is missing.",
    [`phase: "Scanning", fence, state: base, base }`, `phase: "Scanning", fence: fence - 1, state: base, base }`]
  ),
  recovery(
    "deleted-event-asked-for",
    "It asks the store for events from the last deleted one on, and waits for one that is gone.",
    [`(before.state?.deleteTo ?? 0) + 1)`, `before.state?.deleteTo ?? 0)`]
  ),
  recovery("deletes-ignored", "It gives out events that a delete in the tail has removed.", [
    `next: Math.max(config.from, (before.state?.deleteTo ?? 0) + 1)`,
    `next: config.from`
  ]),
  page(
    "younger-events-trusted",
    "It takes an event of the store that is younger than the head for one that the head promised.",
    [`event.seqNr !== from + at || event.offset > offset`, `event.seqNr !== from + at`]
  ),
  page("gaps-trusted", "It takes numbers that are missing in the store for numbers that were never written.", [
    `event.seqNr !== from + at || event.offset > offset`,
    `event.offset > offset`
  ]),
  page("short-pages-trusted", "It takes a page that ends early for the store's last one without asking why.", [
    `return events.length >= limit || from + events.length > to`,
    `return true`
  ]),
  page("incarnation-ignored", "It takes a head of the journal's next life for the head that it had found.", [
    `now !== undefined && now.recordId === asked.head?.recordId && now.`,
    `now !== undefined && now.`
  ]),
  page("overtaking-delete-ignored", "It goes on with a page from which a delete has removed events.", [
    ` && now.deleteTo < asked.from`,
    ``
  ]),
  recovery(
    "begins-again-after-giving",
    "It begins again after it has given events out, and gives them out once more.",
    [`if (!given && begun < mostBeginnings)`, `if (begun < mostBeginnings)`]
  ),
  page("store-page-repeated", "The next page of the store begins with the last event of the one before.", [
    `return last.seqNr + 1`,
    `return last.seqNr`
  ]),
  page("store-over-too-early", "It takes a full page of the store for its last one.", [
    `|| events.length < asked.limit ||`,
    `|| events.length <= asked.limit ||`
  ]),
  recovery("store-read-after-purge", "It gives out the store's events though the tail has purged the journal.", [
    `const stored = head !== undefined && !purged && state.next`,
    `const stored = head !== undefined && state.next`
  ]),
  recovery("head-not-reread", "It goes on with the head of its first attempt after it has begun again.", [
    `now, trimmed, wanted }\n    return [state, [{ _tag: "ReadPointer" }]]`,
    `now, trimmed, wanted, pointer: before.pointer }\n    return [state, [{ _tag: "ReadHead" }]]`
  ]),
  recovery("trimmed-tail-trusted", "It scans a tail whose first records the log has lost as if there had been none.", [
    `if (trimmed === undefined || seam >= trimmed.logStart) return follow(scanning, seam)`,
    `return follow(scanning, Math.max(seam, trimmed?.logStart ?? 0))`
  ]),
  recovery("known-tail-over-nothing", "It takes what is known of a tail for the whole journal.", [
    `scanned({ ...fenced, state: over(tail, base), first,`,
    `scanned({ ...fenced, state: over(tail, undefined), first,`
  ]),
  recovery("known-tail-without-last", "Of a tail that is known it reads all but the last record.", [
    `fence: last + 1 }`,
    `fence: last }`
  ]),
  recovery(
    "known-tail-stored-too-early",
    "It takes a head that lacks the tail's last action for one that has the whole tail.",
    [`if (tail === undefined || after > tail.last)`, `if (tail === undefined || after >= tail.last)`]
  ),
  recovery(
    "restore-unnoticed",
    "It believes what is known of a tail, whatever store it meets, so that a backup is taken for the present.",
    [`known !== undefined && (pointer ?? -1) + 1 < known.from`, `false`]
  ),
  recovery(
    "mark-before-comparison",
    "It writes its mark while it is looked whether the store is of this log: each read that is refused lets the log grow towards the store's pointer.",
    [
      `[state, [{ _tag: "CheckStore" }]]`,
      `[state, [{ _tag: "CheckStore" }, { _tag: "Mark" }, { _tag: "ReadPointer" }]]`
    ],
    [`    case "StoreTrusted":\n      return begin(state)\n`, `    case "StoreTrusted":\n      return [state, []]\n`]
  ),
  recovery("never-compared", "It believes whatever store it is given.", [
    `state.config.trusted ? begin(state) :`,
    `true ? begin(state) :`
  ]),
  recovery(
    "pointer-before-comparison",
    "It reads the store's pointer while it is looked whether the store is of this log, and goes on with that once it is: meanwhile the store may have been repaired.",
    [`[state, [{ _tag: "CheckStore" }]]`, `[state, [{ _tag: "CheckStore" }, { _tag: "ReadPointer" }]]`],
    [
      `    case "StoreTrusted":\n      return begin(state)\n`,
      `    case "StoreTrusted":\n      return [state, [{ _tag: "Mark" }]]\n`
    ]
  ),
  recovery("refusal-ignored", "It goes on though it was told that the store is not this log's.", [
    `      return ended(state, { _tag: "Fail", error: input.error })\n`,
    `      return state.mark === undefined && input.error.reason === "Store" ? begin(state) : ended(state, { _tag: "Fail", error: input.error })\n`
  ]),
  trust("refusal-kept-as-trust", "It remembers that it has compared a store, and not what it saw.", [
    `      return told(state, otherLog(config, belonging, config.storeName))\n`,
    `      return told({ ...state, trustedUntil: Infinity }, otherLog(config, belonging, config.storeName))\n`
  ]),
  trust("log-that-ends-before-trusted", "It trusts a store whose pointer is beyond the log's end.", [
    `      return told(state, belonging.error)\n`,
    `      return told(state, undefined)\n`
  ]),
  trust(
    "refusal-never-over",
    "A comparison that has refused a store counts as under way for ever, so that whoever asks next is never told.",
    [
      `      return told(state, otherLog(config, belonging, config.storeName))\n`,
      `      return told({ ...state, waiting: [...state.waiting, 0] }, otherLog(config, belonging, config.storeName))\n`
    ],
    [
      `  { ...state, waiting: [], comparison: undefined },\n`,
      `  { ...state, waiting: state.waiting.filter((one) => one === 0), comparison: undefined },\n`
    ]
  ),
  trust("unknown-kept-for-ever", "It trusts a store for ever because that was empty when it looked.", [
    `trustedUntil: now + config.unknownMs }`,
    `trustedUntil: Infinity }`
  ]),
  trust("failure-taken-for-trust", "It trusts a store that it could not reach.", [
    `input.round === state.round ? told(state, input.error)`,
    `input.round === state.round ? told({ ...state, trustedUntil: Infinity }, undefined)`
  ]),
  trust("leaver-takes-all-along", "Who stops waiting ends the comparison for all who wait.", [
    `  if (waiting.length > 0) return [{ ...state, waiting }, []]\n`,
    ``
  ]),
  trust("joiners-forgotten", "Who asks while a store is compared is not told what came of it.", [
    `  if (state.waiting.length > 0) return [{ ...state, waiting }, []]\n`,
    `  if (state.waiting.length > 0) return [state, []]\n`
  ]),
  tail("purge-keeps-events", "A purge in the tail does not take back the events before it.", [`kept.length = 0\n`, ``]),
  tail("purge-keeps-state", "A purge in the tail leaves the journal's last number as it was.", [
    `      state = undefined\n`,
    ``
  ]),
  tail("purge-keeps-base", "Events behind a purge are measured by the number that the journal had before it.", [
    `      base = undefined\n`,
    ``
  ]),
  tail("purge-keeps-reread", "A tail that is read a second time begins before its purge.", [
    `      rereadFrom = undefined\n`,
    ``
  ]),
  tail("tail-ignores-its-numbers", "It gives out an event of the tail that the store's pages had already.", [
    `if (event.seqNr >= next && event.seqNr <= config.to)`,
    `if (event.seqNr <= config.to)`
  ]),
  tail("range-not-looked-at", "It gives out an event of the tail beyond those that were asked for.", [
    `if (event.seqNr >= next && event.seqNr <= config.to)`,
    `if (event.seqNr >= next)`
  ]),
  tail("skipped-range-unseen", "A record of events that were not asked for leaves the last number as it was.", [
    `      base = appended(base, action.range)\n`,
    ``
  ]),
  tail("kept-beyond-bytes-lost", "What it does not keep of the tail it does not read again either.", [
    `else rereadFrom ??= offset`,
    `else rereadFrom ??= undefined`
  ])
]
