import type { Pool, PoolClient, QueryResult } from "pg"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { mayPass, persist } from "../../../core/store/index.ts"
import type { SqlRow } from "../SqlRows.ts"
import { lateRequest, requestFailure } from "./PostgresError.ts"
import type { RequestFailure } from "./PostgresError.ts"
import type { Access } from "./PostgresOptions.ts"
import { bytesOf } from "./StoredBytes.ts"
import { storedText, textOf } from "./StoredText.ts"

/** A statement: it is prepared once for each connection where it has a `name`. */
export interface Statement {
  readonly name?: string
  readonly text: string
}

/** What a parameter of a statement can be. */
export type Parameter = string | number | Buffer | null

/** What a statement has come to. */
export interface Answer {
  readonly rows: ReadonlyArray<SqlRow>
  readonly count: number
}

/** How types are read: whole numbers as numbers, texts as they were before they were stored. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  17: bytesOf,
  20: Number,
  23: Number,
  25: textOf
}

const asText = (text: string): string => text

const types = { getTypeParser: (oid: number) => parsers[oid] ?? asText }

const stored = (parameter: Parameter): Parameter => (typeof parameter === "string" ? storedText(parameter) : parameter)

const answerOf = ({ rowCount, rows }: QueryResult<SqlRow>): Answer => ({ rows, count: rowCount ?? 0 })

/** A connection that is one's own until what it was taken for has ended. */
export class Session {
  readonly client: PoolClient
  readonly #access: Access
  readonly #operation: string

  constructor(client: PoolClient, access: Access, operation: string) {
    this.client = client
    this.#access = access
    this.#operation = operation
  }

  #inTime<A>(send: (done: (error: unknown, result: A) => void) => void): Effect.Effect<A, RequestFailure> {
    const { place, requestMs, schema } = this.#access
    const answered = Effect.callback<A, RequestFailure>((resume) => {
      send((error, result) =>
        resume(
          error === null || error === undefined
            ? Effect.succeed(result)
            : Effect.fail(requestFailure(this.#operation, place, schema, error))
        )
      )
    })
    const late = Effect.fail(lateRequest(this.#operation, place, 2 * requestMs))
    // The server ends a statement by itself in half of that time, and says so.
    return Effect.timeoutOrElse(answered, { duration: 2 * requestMs, orElse: () => late })
  }

  /** Runs one statement. */
  run({ name, text }: Statement, parameters: ReadonlyArray<Parameter>): Effect.Effect<Answer, RequestFailure> {
    const query = { ...(name === undefined ? {} : { name }), text, types, values: parameters.map(stored) }
    return Effect.map(
      this.#inTime<QueryResult<SqlRow>>((done) => this.client.query(query, done)),
      answerOf
    )
  }

  /** Runs several statements that have no parameters, and answers with the last one's. */
  script(text: string): Effect.Effect<Answer, RequestFailure> {
    return Effect.map(
      this.#inTime<QueryResult<SqlRow> | ReadonlyArray<QueryResult<SqlRow>>>((done) =>
        this.client.query({ text, types }, done)
      ),
      (results) => {
        const last = "rows" in results ? results : results.at(-1)
        return last === undefined ? { rows: [], count: 0 } : answerOf(last)
      }
    )
  }
}

/**
 * The connections of a store.
 *
 * **Details**
 *
 * One that was interrupted, or whose work failed, is closed: what it was about to do is then given up by the server.
 */
export class Connections {
  readonly access: Access
  readonly #pool: Pool

  constructor(pool: Pool, access: Access) {
    this.#pool = pool
    this.access = access
  }

  /** Takes a connection for `work`, once. */
  once<A>(
    operation: string,
    work: (session: Session) => Effect.Effect<A, RequestFailure>
  ): Effect.Effect<A, RequestFailure> {
    const { place, requestMs, schema } = this.access
    return Effect.suspend(() => {
      const ignore = (): void => {}
      let taken: PoolClient | undefined
      let isOver = false
      const take = Effect.callback<PoolClient, RequestFailure>((resume) => {
        this.#pool.connect((error, client) => {
          if (client === undefined) return resume(Effect.fail(requestFailure(operation, place, schema, error)))
          if (isOver) return client.release()
          taken = client
          // Whoever waits for an answer is told; what is lost between two statements, the next one finds.
          client.on("error", ignore)
          resume(Effect.succeed(client))
        })
      })
      const late = Effect.fail(lateRequest(operation, place, 2 * requestMs))
      const inTime = Effect.timeoutOrElse(take, { duration: 2 * requestMs, orElse: () => late })
      return Effect.onExit(
        Effect.flatMap(inTime, (client) => work(new Session(client, this.access, operation))),
        (exit) =>
          Effect.sync(() => {
            isOver = true
            taken?.removeListener("error", ignore)
            taken?.release(Exit.isFailure(exit))
          })
      )
    })
  }

  /** Repeats what may succeed in a moment, for as long as the store is patient. */
  persist<A>(request: Effect.Effect<A, RequestFailure>, isRepeated = mayPass): Effect.Effect<A, RequestFailure> {
    return persist(request, this.access.patienceMs, isRepeated)
  }

  /** Runs one statement that reads. */
  read(
    operation: string,
    statement: Statement,
    parameters: ReadonlyArray<Parameter>
  ): Effect.Effect<ReadonlyArray<SqlRow>, RequestFailure> {
    return this.persist(
      this.once(operation, (session) => Effect.map(session.run(statement, parameters), ({ rows }) => rows))
    )
  }
}
