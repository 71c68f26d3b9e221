import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { JournalError, Recovery } from "../../../core/journal/index.ts"
import type { EventRecord, JournalHead, LogPage } from "../../../core/ports/index.ts"
import { topic } from "../../../core/scenarios/journal/JournalModel.ts"
import type { ModelLog } from "../../../core/scenarios/journal/JournalModel.ts"

const { recovery, start } = Recovery

export const head = (offset: number, seqNr: number, over: Partial<JournalHead> = {}): JournalHead => ({
  partition: 0,
  offset,
  seqNr,
  deleteTo: 0,
  recordId: "first",
  created: 0,
  updated: 0,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined,
  ...over
})

export const event = (seqNr: number, offset = seqNr): EventRecord => ({
  seqNr,
  tags: [],
  payload: undefined,
  timestamp: 0,
  partition: 0,
  offset,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map()
})

const show = (output: Recovery.RecoveryOutput): string => {
  switch (output._tag) {
    case "ReadEvents":
      return `ReadEvents ${output.from}..${output.to} limit ${output.limit}`
    case "ReadLog":
      return `ReadLog ${output.offset}${output.retrying ? " again" : ""}`
    case "Events":
      return `Events ${output.events.map(({ seqNr }) => seqNr).join(" ")}`
    case "Conflict":
      return `Conflict ${output.seqNr} @${output.offset}`
    case "End":
      return `End ${output.state === undefined ? "nothing" : `${output.state.deleteTo}..${output.state.seqNr}`}`
    case "Fail":
      return `Fail ${output.error.reason}`
    case "AskTail":
      return `AskTail ${output.mark}`
    default:
      return output._tag
  }
}

/** A recovery of the journal `a`, whose outputs are lines of text. */
export const reader = (config: Partial<Recovery.RecoveryConfig> = {}) => {
  let state = start({
    key: { topic, id: "a" },
    keyBytes: encodeUtf8("a"),
    partition: 0,
    from: 1,
    to: 1000,
    events: true,
    trusted: true,
    cached: false,
    pageEvents: 3,
    tailBytes: 1000,
    patienceMs: 100,
    ...config
  })
  const feed = (...inputs: ReadonlyArray<Recovery.RecoveryInput>): ReadonlyArray<string> =>
    inputs.flatMap((input) => {
      const [next, outputs] = recovery.step(state, input)
      state = next
      return outputs.map(show)
    })
  return { feed, wakeAt: () => recovery.wakeAt(state) }
}

export const begin: Recovery.RecoveryInput = { _tag: "Begin" }
export const pull: Recovery.RecoveryInput = { _tag: "Pull" }
export const tick = (now: number): Recovery.RecoveryInput => ({ _tag: "Tick", now })
export const marked = (offset: number): Recovery.RecoveryInput => ({ _tag: "Marked", offset })
export const pointer = (offset: number | undefined): Recovery.RecoveryInput => ({ _tag: "PointerRead", offset })
export const headRead = (of: JournalHead | undefined): Recovery.RecoveryInput => ({ _tag: "HeadRead", head: of })
export const eventsRead = (...events: ReadonlyArray<EventRecord>): Recovery.RecoveryInput => ({
  _tag: "EventsRead",
  events
})

export const read = (log: ModelLog, from: number): Recovery.RecoveryInput => {
  const page = log.read(from, 100)
  if (page === undefined) throw new Error("The log begins later.")
  return { _tag: "LogRead", page }
}

export const unavailable = new JournalError({ reason: "Unavailable", topic, message: "The log is down." })
export const lostEnd = new JournalError({ reason: "Lost", topic, message: "The log ends before the store." })
export const emptyPage: LogPage = { records: [], nextOffset: 0, logStart: 0, stableEnd: 0 }
/** A read at the end of the log, which shows that it reaches so far. */
export const logReaches: Recovery.RecoveryInput = {
  _tag: "LogRead",
  page: emptyPage
}
