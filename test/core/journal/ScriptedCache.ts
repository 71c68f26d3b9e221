import { PartitionCache } from "../../../core/journal/index.ts"
import { ModelLog } from "../../../core/scenarios/journal/JournalModel.ts"

const { defaultPartitionCacheConfig, partitionCache, start } = PartitionCache
type Input = PartitionCache.PartitionCacheInput
type Output = PartitionCache.PartitionCacheOutput

const show = (output: Output): string => {
  switch (output._tag) {
    case "Request":
      return output.request._tag === "ReadLog"
        ? `${output.request.waits ? "follow" : "read"} log ${output.request.offset}`
        : "read pointer"
    case "Reply": {
      const { answer, ticket } = output
      if (answer._tag === "Unknown") return `${ticket} ${answer.why}`
      const { from, tail, to } = answer
      if (tail === undefined) return `${ticket} known ${from}..${to}: no tail`
      const state = tail.alone === undefined ? "nothing" : `${tail.alone.deleteTo}..${tail.alone.seqNr}`
      const place = tail.first === undefined ? `${tail.last}` : `${tail.first}..${tail.last}`
      return `${ticket} known ${from}..${to}: ${tail.purged ? "purged, " : ""}${state} at ${place}`
    }
    case "Stalled":
      return `stalled: ${output.error.message}`
    case "Closed":
      return "closed"
  }
}

/** A cache over a log that it reads only when it is told to. */
export const scriptedCache = (config: Partial<PartitionCache.PartitionCacheConfig> = {}) => {
  let state = start({ ...defaultPartitionCacheConfig, ...config })
  const log = new ModelLog()
  let ticket = 0
  const feed = (...inputs: ReadonlyArray<Input>): ReadonlyArray<string> =>
    inputs.flatMap((input) => {
      const [next, outputs] = partitionCache.step(state, input)
      state = next
      return outputs.map(show)
    })
  const answered = (answer: PartitionCache.PartitionCacheAnswer) =>
    feed({ _tag: "Answered", epoch: state.epoch, answer })
  const tick = (now: number) => feed({ _tag: "Tick", now })
  const pointer = (offset: number | undefined) => answered({ _tag: "PointerRead", offset })
  /** Answers the read that is under way with at most `limit` records. */
  const read = (limit = 1000) => {
    const page = log.read(state.follower?.position ?? 0, limit)
    if (page === undefined) throw new Error("The log begins later.")
    return answered({ _tag: "LogRead", page })
  }
  return {
    log,
    feed,
    answered,
    tick,
    pointer,
    read,
    /** Begins with this pointer, at time 1000. */
    begin: (offset: number | undefined = undefined) => [
      ...feed({ _tag: "Tick", now: 1000 }, { _tag: "Begin" }),
      ...pointer(offset)
    ],
    get: (id: string, at: number) => feed({ _tag: "Get", ticket: ++ticket, id, mark: at }),
    close: () => feed({ _tag: "Close" }),
    epoch: () => state.epoch,
    wakeAt: () => partitionCache.wakeAt(state),
    draw: () => PartitionCache.describe(state)
  }
}
