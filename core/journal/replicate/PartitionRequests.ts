import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../log/index.ts"
import { request } from "../../machine/index.ts"
import type { Request } from "../../machine/index.ts"
import type { CommitLogError, JournalStore, JournalStoreError, LogPage } from "../../ports/index.ts"
import { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"
import type { ReplicationAnswer, ReplicationInput, ReplicationRequest, StoreRequest } from "./Replication.ts"
import type { PartitionMeter } from "./ReplicatorMetrics.ts"

const requestMs = 30_000

/**
 * What the requests of a partition's replication go to.
 *
 * **Details**
 *
 * `read` reads the next page of the log, and `look` a page of what was there before, without waiting for more. Of writes at
 * most `lanes` are under way at once, and of requests for heads one. `resumed` is told where the replication begins, as soon as
 * the store has said it.
 */
export interface PartitionRequestsOptions extends TopicPartition {
  readonly store: JournalStore
  readonly read: (offset: number) => Effect.Effect<LogPage, CommitLogError>
  readonly look: (offset: number) => Effect.Effect<LogPage, CommitLogError>
  readonly lanes: number
  readonly meter: PartitionMeter
  readonly resumed: (nextOffset: number) => void
}

/** How the requests of a partition's replication are carried out, whatever gives it its records. */
export const partitionRequests = ({
  lanes,
  look,
  meter,
  partition,
  read,
  resumed,
  store,
  topic
}: PartitionRequestsOptions): ((epoch: number, what: ReplicationRequest) => Request<ReplicationInput>) => {
  const place = { topic, partition }

  const late = (what: StoreRequest): ReplicationAnswer => ({
    _tag: "StoreFailed",
    request: what,
    error: new JournalError({
      reason: "Unavailable",
      ...place,
      message: `The store has not answered for ${requestMs / 1000} s; check that it is up and reachable.`
    })
  })
  const lateRead = (): ReplicationAnswer => ({
    _tag: "LogFailed",
    failure: {
      _tag: "Retry",
      error: new JournalError({
        reason: "Unavailable",
        ...place,
        message: `The log has not answered for ${requestMs / 1000} s; check that the brokers are up and reachable.`
      })
    }
  })
  const failedStore =
    (what: StoreRequest) =>
    (error: JournalStoreError): ReplicationAnswer => {
      meter.failed("store", error.reason)
      if (error.reason === "Fenced") return { _tag: "Fenced" }
      return { _tag: "StoreFailed", request: what, error: fromStoreError(error, place) }
    }
  const failedRead = (error: CommitLogError): ReplicationAnswer => {
    meter.failed("log", error.reason)
    return { _tag: "LogFailed", failure: logFailure(error, place) }
  }

  const run = (what: ReplicationRequest): Effect.Effect<ReplicationAnswer> => {
    switch (what._tag) {
      case "ReadPointer":
        return Effect.match(store.pointer(topic, partition), {
          onSuccess: (offset): ReplicationAnswer => {
            resumed((offset ?? -1) + 1)
            return { _tag: "PointerRead", offset }
          },
          onFailure: failedStore(what)
        })
      case "ConfirmPointer":
        return Effect.match(store.pointer(topic, partition), {
          onSuccess: (offset): ReplicationAnswer => ({ _tag: "PointerConfirmed", offset }),
          onFailure: failedStore(what)
        })
      case "ReadHeads":
        return Effect.match(store.heads(topic, what.ids), {
          onSuccess: (heads): ReplicationAnswer => ({ _tag: "HeadsRead", ids: what.ids, heads }),
          onFailure: failedStore(what)
        })
      case "Write": {
        const { line, steps, until } = what
        const write = Effect.match(store.write(steps), {
          onSuccess: (): ReplicationAnswer => ({ _tag: "Written", line }),
          onFailure: failedStore(what)
        })
        if (until === undefined) return write
        const tooLate: ReplicationAnswer = { _tag: "TooLate", line }
        return Clock.clockWith((clock) => (clock.currentTimeMillisUnsafe() > until ? Effect.succeed(tooLate) : write))
      }
      case "ReadLog":
      case "Look":
        return Effect.match(what._tag === "Look" ? look(what.offset) : read(what.offset), {
          onSuccess: (page): ReplicationAnswer => ({ _tag: "LogRead", page }),
          onFailure: failedRead
        })
    }
  }
  const resource = (what: ReplicationRequest): string =>
    what._tag === "Write" ? `line-${what.line % lanes}` : what._tag
  return (epoch, what) => {
    const answered = (reply: ReplicationAnswer): ReplicationInput => ({ _tag: "Answered", epoch, answer: reply })
    const tooLate = () => {
      const isRead = what._tag === "ReadLog" || what._tag === "Look"
      meter.failed(isRead ? "log" : "store", "Late")
      return isRead ? lateRead() : late(what)
    }
    return request(resource(what), requestMs, Effect.map(run(what), answered), () => answered(tooLate()))
  }
}
