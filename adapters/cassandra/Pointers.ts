import * as Effect from "effect/Effect"
import type { WriteStep } from "../../core/ports/index.ts"
import { fencedPointer } from "../../core/store/index.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { integer, optionalInteger, optionalTime } from "./Columns.ts"
import { nextStamp } from "./Context.ts"
import type { Context } from "./Context.ts"
import type { Bound } from "./CqlRequests.ts"
import { decoding } from "./Decoding.ts"

type PutPointer = Extract<WriteStep, { readonly _tag: "PutPointer" }>

/** A pointer's row: `updated` in milliseconds since the epoch, `written` the time stamp of its offset in microseconds. */
interface Pointer {
  readonly offset: number
  readonly updated: number | undefined
  readonly written: number | undefined
}

const findPointer = (
  { clock, requests, statements }: Context,
  operation: string,
  topic: string,
  partition: number
): Effect.Effect<Pointer | undefined, RequestFailure> =>
  Effect.flatMap(requests.rows(operation, { query: statements.selectPointer, params: [topic, partition] }), ([row]) =>
    row === undefined
      ? Effect.succeed(undefined)
      : decoding(operation, `The pointer of ${topic}-${partition}`, () => {
          const pointer: Pointer = {
            offset: integer(row, "offset"),
            updated: optionalTime(row, "updated"),
            written: optionalInteger(row, "written")
          }
          clock.observe(pointer.written)
          if (pointer.updated !== undefined) clock.observe(pointer.updated * 1000)
          return pointer
        })
  )

/** Reads how far a partition is replicated. */
export const readPointer = (
  context: Context,
  operation: string,
  topic: string,
  partition: number
): Effect.Effect<number | undefined, RequestFailure> =>
  Effect.map(findPointer(context, operation, topic, partition), (pointer) => pointer?.offset)

const moveOf = ({ statements }: Context, step: PutPointer, updated: Date): Bound => {
  const { offset, partition, previous, topic } = step
  return previous === undefined
    ? { query: statements.insertPointer, params: [topic, partition, BigInt(offset), updated, updated] }
    : { query: statements.movePointer, params: [BigInt(offset), updated, topic, partition, BigInt(previous)] }
}

/**
 * Moves a pointer from where the step says that it stands, by a lightweight transaction.
 *
 * **Details**
 *
 * `updated` is a time beyond all of this replicator's writes so far: it names the move, so that a repeated request whose
 * first answer was lost finds its own work done, and whoever takes the partition over goes on from that time.
 *
 * A transaction writes with the servers' clock. Where a plain write of kafka-journal has left a greater time stamp, the
 * condition holds and yet the old offset stays; that is seen by reading it again, and the offset is then written over it
 * with a time stamp above that one.
 */
export const putPointer = (context: Context, step: PutPointer): Effect.Effect<void, RequestFailure> =>
  Effect.gen(function* () {
    const { clock, requests, statements } = context
    const { offset, partition, topic } = step
    yield* nextStamp(context)
    const updatedMs = clock.nextMs
    clock.observe(updatedMs * 1000)
    const updated = new Date(updatedMs)
    const move = requests.conditional("write", moveOf(context, step, updated))
    const attempt = Effect.gen(function* () {
      const applied = yield* move
      const pointer = yield* findPointer(context, "write", topic, partition)
      if (pointer?.offset === offset && pointer.updated === updatedMs) return
      if (!applied || pointer?.offset !== step.previous || pointer?.written === undefined) {
        return yield* Effect.fail<RequestFailure>({ kind: "Refused", error: fencedPointer(step, pointer?.offset) })
      }
      const params = [BigInt(pointer.written + 1), BigInt(offset), updated, topic, partition]
      yield* requests.write("write", [[{ query: statements.forcePointer, params }]], pointer.written + 1)
    })
    yield* requests.persist(attempt)
  })
