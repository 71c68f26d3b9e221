import type { Client, QueryOptions } from "cassandra-driver"
import * as Effect from "effect/Effect"
import { persist } from "../../core/store/index.ts"
import { lateRequest, requestFailure } from "./CassandraError.ts"
import type { KeyspacePlace, RequestFailure } from "./CassandraError.ts"
import type { Row } from "./Columns.ts"
import type { Value } from "./EventRow.ts"

/**
 * How long things may take, in milliseconds: one request (`requestMs`), and a request with all its repetitions
 * (`patienceMs`), to which the last repetition's own time is added.
 */
export interface RequestTimes {
  readonly requestMs: number
  readonly patienceMs: number
}

/** The driver's codes of the consistencies that are asked for; `serial` is that of conditional writes. */
export interface Consistencies {
  readonly read: number
  readonly write: number
  readonly serial: number
}

/** A statement with its values. */
export interface Bound {
  readonly query: string
  readonly params: Array<Value>
}

/** Rows in the order of their keys. `next` is where to go on; without it these were the last. */
export interface RowPage {
  readonly rows: ReadonlyArray<Row>
  readonly next: string | undefined
}

/** How many rows to read at once, and where to go on. */
export interface PageRequest {
  readonly size: number
  readonly after?: string | undefined
}

/** How many requests that belong together are under way at once, and how many are sent before those are looked at that failed. */
const atOnce = 128
const together = 2048

/** Runs tasks in lanes, each lane one after the other, until one has failed; whatever has begun has ended then. */
const inLanes = async <A>(
  tasks: ReadonlyArray<A>,
  signal: AbortSignal,
  run: (task: A) => Promise<unknown>
): Promise<void> => {
  const failures: Array<unknown> = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
      if (signal.aborted || failures.length > 0) return
      await run(task).catch((cause: unknown) => failures.push(cause))
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, lane))
  if (failures.length > 0) throw failures[0]
}

/**
 * Requests about the rows of one keyspace.
 *
 * **Details**
 *
 * A request that was lost, overloaded or not answered in time is repeated. A write is repeated with the same time stamp, so
 * that it counts once, and never hides a later one. Requests that are sent together have the time of one, and those of them
 * that were not answered are repeated.
 */
export class CqlRequests {
  readonly place: KeyspacePlace
  readonly #client: Client
  readonly #times: RequestTimes
  readonly #consistency: Consistencies

  constructor(client: Client, place: KeyspacePlace, times: RequestTimes, consistency: Consistencies) {
    this.#client = client
    this.#times = times
    this.#consistency = consistency
    this.place = place
  }

  #failure(operation: string, cause: unknown): RequestFailure {
    return requestFailure(operation, this.place, cause, this.#client.hosts.length || Infinity)
  }

  /** One request, not repeated. */
  #once<A>(operation: string, send: (client: Client) => Promise<A>): Effect.Effect<A, RequestFailure> {
    const { requestMs } = this.#times
    return Effect.timeoutOrElse(
      Effect.tryPromise({
        try: () => send(this.#client),
        catch: (cause) => this.#failure(operation, cause)
      }),
      { duration: requestMs, orElse: () => Effect.fail(lateRequest(operation, this.place, requestMs)) }
    )
  }

  /** Repeats a request for as long as that may help. */
  persist<A>(request: Effect.Effect<A, RequestFailure>): Effect.Effect<A, RequestFailure> {
    return persist(request, this.#times.patienceMs)
  }

  #options(options: QueryOptions): QueryOptions {
    return { prepare: true, readTimeout: this.#times.requestMs, ...options }
  }

  #page(operation: string, { params, query }: Bound, options: QueryOptions): Effect.Effect<RowPage, RequestFailure> {
    const all = this.#options({ isIdempotent: true, consistency: this.#consistency.read, ...options })
    const send = this.#once(operation, (client) => client.execute(query, params, all))
    return this.persist(Effect.map(send, (found) => ({ rows: found.rows ?? [], next: found.pageState ?? undefined })))
  }

  /** Reads all rows that a statement finds; it has to be one that finds few. */
  rows(operation: string, bound: Bound): Effect.Effect<ReadonlyArray<Row>, RequestFailure> {
    return Effect.map(this.#page(operation, bound, { fetchSize: 0 }), ({ rows }) => rows)
  }

  /** Reads one page of the rows that a statement finds. */
  page(operation: string, bound: Bound, { after, size }: PageRequest): Effect.Effect<RowPage, RequestFailure> {
    const options: QueryOptions = { fetchSize: size }
    return this.#page(operation, bound, after === undefined ? options : { ...options, pageState: after })
  }

  /** Reads what many statements find, of which each finds few rows; those that fail are repeated. */
  rowsOfAll(
    operation: string,
    bounds: ReadonlyArray<Bound>
  ): Effect.Effect<ReadonlyArray<ReadonlyArray<Row>>, RequestFailure> {
    const options = this.#options({ isIdempotent: true, consistency: this.#consistency.read, fetchSize: 0 })
    return Effect.suspend(() => {
      const found: Array<ReadonlyArray<Row>> = []
      const read = this.#all(operation, bounds, ({ params, query }, at) =>
        this.#client.execute(query, params, options).then(({ rows }) => {
          found[at] = rows ?? []
        })
      )
      return Effect.as(read, found)
    })
  }

  /**
   * Carries out groups of statements, each about rows of one partition and all or nothing, with one time stamp in
   * microseconds; those that fail are repeated.
   */
  write(
    operation: string,
    groups: ReadonlyArray<ReadonlyArray<Bound>>,
    timestamp: number
  ): Effect.Effect<void, RequestFailure> {
    const options = this.#options({ isIdempotent: true, consistency: this.#consistency.write, timestamp })
    return this.#all(operation, groups, (bounds) => {
      const [first, ...more] = bounds
      return first === undefined || more.length > 0
        ? this.#client.batch([...bounds], { ...options, logged: false })
        : this.#client.execute(first.query, first.params, options)
    })
  }

  /**
   * Sends requests, so many at a time, and those again that were not answered. It fails where none is answered for the time
   * of one.
   */
  #all<A>(
    operation: string,
    tasks: ReadonlyArray<A>,
    send: (task: A, at: number) => Promise<unknown>
  ): Effect.Effect<void, RequestFailure> {
    return Effect.suspend(() => {
      const left = new Map(tasks.entries())
      const wave = Effect.suspend(() => {
        const some = Array.from(left).slice(0, together)
        const attempt = Effect.tryPromise({
          try: (signal) => inLanes(some, signal, ([at, task]) => send(task, at).then(() => left.delete(at))),
          catch: (cause) => this.#failure(operation, cause)
        })
        return Effect.raceFirst(attempt, this.#untilNoneIsAnswered(operation, left))
      })
      return Effect.whileLoop({ while: () => left.size > 0, body: () => this.persist(wave), step: () => {} })
    })
  }

  /** Fails where nothing has become less of what is left for the time of one request. */
  #untilNoneIsAnswered(operation: string, left: ReadonlyMap<number, unknown>): Effect.Effect<never, RequestFailure> {
    const { requestMs } = this.#times
    const look = (before: number): Effect.Effect<never, RequestFailure> =>
      Effect.andThen(
        Effect.sleep(requestMs),
        Effect.suspend(() =>
          left.size < before ? look(left.size) : Effect.fail(lateRequest(operation, this.place, requestMs))
        )
      )
    return Effect.suspend(() => look(left.size))
  }

  /** Carries out a conditional statement once, and says whether the condition held; its outcome is unknown where it fails. */
  conditional(operation: string, { params, query }: Bound): Effect.Effect<boolean, RequestFailure> {
    const { serial: serialConsistency, write: consistency } = this.#consistency
    const options = this.#options({ isIdempotent: false, consistency, serialConsistency })
    return Effect.map(
      this.#once(operation, (client) => client.execute(query, params, options)),
      (result) => result.wasApplied()
    )
  }

  /** Changes the schema; what is there already is as good as made. */
  define(operation: string, query: string): Effect.Effect<void, RequestFailure> {
    const send = this.#once(operation, (client) => client.execute(query, [], this.#options({ prepare: false })))
    return Effect.catchIf(
      Effect.asVoid(this.persist(send)),
      ({ kind }) => kind === "Exists",
      () => Effect.void
    )
  }
}
