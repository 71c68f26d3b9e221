import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { JournalStoreError } from "../../../core/ports/index.ts"
import { pointerOf } from "../SqlRows.ts"
import type { SqlRow } from "../SqlRows.ts"
import type { Connections, Session } from "./Connections.ts"
import { requestFailure } from "./PostgresError.ts"
import type { RequestFailure } from "./PostgresError.ts"
import type { Access } from "./PostgresOptions.ts"
import { channelOf, postgresStatements } from "./PostgresStatements.ts"
import { textOf } from "./StoredText.ts"

/** How far a partition is replicated: every record up to `offset` can be seen in the store. */
export interface ReplicatedPosition {
  readonly partition: number
  readonly offset: number
}

/** How long nothing may be heard before the pointers are looked at, which also finds a connection that is dead. */
const silenceMs = 10_000

/** What a notification says, where it is of this topic. */
const positionOf = (topic: string, payload: string): ReplicatedPosition | undefined => {
  const [, partition, offset, name] = /^(\d+):(\d+):(.*)$/s.exec(payload) ?? []
  return name === undefined || textOf(name) !== topic
    ? undefined
    : { partition: Number(partition), offset: Number(offset) }
}

/** The positions that nobody has taken yet: of each partition the last, so that there are never more than partitions. */
class News {
  #untold = new Map<number, number>()
  #wake: (() => void) | undefined

  add({ offset, partition }: ReplicatedPosition): void {
    this.#untold.set(partition, offset)
    this.wake()
  }

  wake(): void {
    this.#wake?.()
  }

  take(): ReadonlyArray<ReplicatedPosition> {
    const taken = Array.from(this.#untold, ([partition, offset]) => ({ partition, offset }))
    this.#untold = new Map()
    return taken
  }

  /** Until there is something to take, or something has happened. */
  readonly heard: Effect.Effect<void> = Effect.callback((resume) => {
    const done = (): void => resume(Effect.void)
    if (this.#untold.size > 0) return done()
    this.#wake = done
    return Effect.sync(() => {
      this.#wake = undefined
    })
  })
}

/** A connection that listens. */
class Listening {
  readonly news = new News()
  /** Whether the pointers were read since it was made. */
  isUp = false
  readonly #session: Session
  readonly #access: Access
  #lost: unknown

  constructor(session: Session, access: Access) {
    this.#session = session
    this.#access = access
  }

  /** Hears from now on; answers with what lets go. */
  attach(topic: string): () => void {
    const { client } = this.#session
    const onNotification = ({ payload = "" }: { readonly payload?: string | undefined }): void => {
      const position = positionOf(topic, payload)
      if (position !== undefined) this.news.add(position)
    }
    const onEnd = (error?: unknown): void => {
      this.#lost ??= error ?? new Error("Connection terminated")
      this.news.wake()
    }
    client.on("notification", onNotification).on("error", onEnd).on("end", onEnd)
    return () => {
      client.removeListener("notification", onNotification).removeListener("error", onEnd).removeListener("end", onEnd)
    }
  }

  /** Reads all pointers of the topic. */
  look(topic: string): Effect.Effect<void, RequestFailure> {
    const { place, schema } = this.#access
    const rows = this.#session.run(postgresStatements(schema).pointers, [topic])
    const decode = (row: SqlRow): ReplicatedPosition => {
      const partition = Number(row["log_partition"])
      return { partition, offset: pointerOf(topic, partition, row) }
    }
    return Effect.flatMap(rows, (answer) =>
      Effect.try({
        try: () => {
          for (const row of answer.rows) this.news.add(decode(row))
          this.isUp = true
        },
        catch: (cause) => requestFailure("positions", place, schema, cause)
      })
    )
  }

  /** Waits for news; fails once the connection is lost. */
  wait(topic: string): Effect.Effect<void, RequestFailure> {
    const { place, schema } = this.#access
    return Effect.suspend(() =>
      this.#lost === undefined
        ? Effect.timeoutOrElse(this.news.heard, { duration: silenceMs, orElse: () => this.look(topic) })
        : Effect.fail(requestFailure("positions", place, schema, this.#lost))
    )
  }
}

/** What `PostgresStore.positions` tells. */
export const positionsOf = (
  connections: Connections,
  topic: string
): Stream.Stream<ReplicatedPosition, JournalStoreError> =>
  Stream.callback<ReplicatedPosition, JournalStoreError>(
    (queue) => {
      const { access } = connections
      const told = new Map<number, number>()
      const hand = (news: News): Effect.Effect<void> =>
        Effect.suspend(() => {
          const positions = news.take().filter(({ offset, partition }) => told.get(partition) !== offset)
          for (const { offset, partition } of positions) told.set(partition, offset)
          return Effect.asVoid(Queue.offerAll(queue, positions))
        })
      const listen = Effect.suspend(() => {
        let isUp = false
        const once = connections.once("positions", (session) => {
          const listening = new Listening(session, access)
          const letGo = listening.attach(topic)
          const round = Effect.andThen(listening.wait(topic), hand(listening.news))
          return session.script(`LISTEN "${channelOf(access.schema)}"`).pipe(
            Effect.andThen(listening.look(topic)),
            Effect.andThen(Effect.forever(round)),
            Effect.onExit(() =>
              Effect.sync(() => {
                isUp = listening.isUp
                letGo()
              })
            )
          )
        })
        // One that has listened and was lost has not used up any patience.
        return Effect.catchIf(
          once,
          ({ kind }) => kind !== "Refused" && isUp,
          () => Effect.void
        )
      })
      return Effect.catch(Effect.forever(connections.persist(listen)), ({ error }) => Queue.fail(queue, error))
    },
    { bufferSize: 16 }
  )
