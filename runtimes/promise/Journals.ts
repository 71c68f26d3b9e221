import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { HeadCache, JournalError, jsonPayload, makeJournals, replicate } from "../../core/journal/index.ts"
import type {
  ActionPlace,
  Appended,
  AppendOptions,
  Explanation,
  Followed,
  Journal as EffectJournal,
  JournalEvent,
  Journals as EffectJournals,
  NewEvent,
  PayloadCodec,
  ReadRange
} from "../../core/journal/index.ts"
import { type BrokerAccess, openGroup, openLog, openStore, shownAddress } from "../node/index.ts"
import { wrongOptions, wrongReplicateOptions } from "./CheckOptions.ts"
import { wrongAppend, wrongId, wrongNumber, wrongRange } from "./CheckUse.ts"
import type { JournalsOptions, ReplicateOptions } from "./JournalsOptions.ts"
import { open } from "./Runtime.ts"
import type { Opened } from "./Runtime.ts"

/** What asks nothing of journals that are closed: it fails at once, and says so. */
const untilClosed = <A>(opened: Opened<A>, topic: string): Opened<A> => {
  const closed = () => {
    const message = `The journals of topic ${JSON.stringify(topic)} are closed: open them again.`
    return new JournalError({ reason: "Invalid", topic, message })
  }
  return {
    ...opened,
    run: (effect) => (opened.isClosed() ? Promise.reject(closed()) : opened.run(effect)),
    iterate: <B, E>(stream: Stream.Stream<B, E>) =>
      opened.iterate(
        Stream.suspend((): Stream.Stream<B, E | JournalError> => (opened.isClosed() ? Stream.fail(closed()) : stream))
      ),
    open: (effect) => (opened.isClosed() ? Promise.reject(closed()) : opened.open(effect))
  }
}

/** A running replicator of the topic. */
export interface Replicator {
  /** Finishes the batch in hand and stops. */
  readonly close: () => Promise<void>
}

/**
 * One entity's events; the promises of the journal in `odradek/core/journal` without effects.
 *
 * **Details**
 *
 * Failures reject with a `JournalError`. Its reason is `Invalid`, and its message names the field, where what was given is
 * nothing that a journal can take, whatever its type claims; and where the journals are closed.
 */
export class Journal<A> {
  readonly id: string
  readonly #journal: EffectJournal<A>
  readonly #opened: Opened<unknown>

  constructor(journal: EffectJournal<A>, opened: Opened<unknown>) {
    this.id = journal.key.id
    this.#journal = journal
    this.#opened = opened
  }

  /** Appends the events as one record: all of them or none. */
  append(events: readonly [NewEvent<A>, ...ReadonlyArray<NewEvent<A>>], options?: AppendOptions): Promise<Appended> {
    const wrong = wrongAppend(events, options)
    return this.#opened.run(wrong === undefined ? this.#journal.append(events, options) : this.#refuse(wrong))
  }

  /** Iterates over the events in the order of their numbers; a page is fetched when the one before it is used up. */
  read(range?: ReadRange): AsyncIterable<JournalEvent<A>> {
    const wrong = wrongRange(range)
    return this.#opened.iterate(
      wrong === undefined ? this.#journal.read(range) : Stream.fromEffect(this.#refuse(wrong))
    )
  }

  /**
   * Iterates over the events from a number on (1), and then over those that are appended, for ever; tells where the journal
   * is purged meanwhile, or was since, when the last number is below `from - 1`.
   */
  follow(from = 1): AsyncIterable<Followed<A>> {
    const wrong = wrongNumber("`from` of a journal that is followed", from)
    return this.#opened.iterate(
      wrong === undefined ? this.#journal.follow(from) : Stream.fromEffect(this.#refuse(wrong))
    )
  }

  /** The last number ever appended, also when it is deleted; `undefined` where there is no journal. */
  pointer(): Promise<number | undefined> {
    return this.#opened.run(this.#journal.pointer)
  }

  /** Deletes the events up to `to`. */
  delete(to: number): Promise<ActionPlace | undefined> {
    const wrong = wrongNumber("`to` of a deletion", to)
    return this.#opened.run(wrong === undefined ? this.#journal.delete(to) : this.#refuse(wrong))
  }

  /** Forgets the journal: the next append begins a new one. */
  purge(): Promise<ActionPlace> {
    return this.#opened.run(this.#journal.purge)
  }

  /** Tells where each event lives now: in the log, in the store, or both. */
  explain(): Promise<Explanation> {
    return this.#opened.run(this.#journal.explain)
  }

  #refuse(message: string): Effect.Effect<never, JournalError> {
    return Effect.fail(new JournalError({ reason: "Invalid", ...this.#journal.key, message }))
  }
}

const accessOf = ({ sasl, tls }: Pick<JournalsOptions<unknown>, "sasl" | "tls">): BrokerAccess => ({
  ...(tls === undefined ? {} : { tls }),
  ...(sasl === undefined ? {} : { sasl: { ...sasl, password: Redacted.make(sasl.password) } })
})

/** All journals of one topic, without effects. */
export class Journals<A> {
  readonly #opened: Opened<EffectJournals<A>>
  readonly #replicate: (options: ReplicateOptions) => Promise<Replicator>

  private constructor(
    opened: Opened<EffectJournals<A>>,
    startReplicator: (options: ReplicateOptions) => Promise<Replicator>
  ) {
    this.#opened = opened
    this.#replicate = startReplicator
  }

  /**
   * Opens the journals of a topic with plain JSON payloads, or with those of a codec such as `schemaPayload(Order)`. Options
   * that make no sense reject with a `JournalError` that names the field, before anything is opened.
   */
  static open(options: JournalsOptions<unknown> & { readonly payload?: undefined }): Promise<Journals<unknown>>
  static open<A>(options: JournalsOptions<A> & { readonly payload: PayloadCodec<A> }): Promise<Journals<A>>
  static async open(options: JournalsOptions<unknown>): Promise<Journals<unknown>> {
    const wrong = wrongOptions(options)
    if (wrong !== undefined)
      throw new JournalError({
        reason: "Invalid",
        topic: typeof options?.topic === "string" ? options.topic : "",
        message: wrong
      })
    const {
      brokers,
      client = "kafkajs",
      compression = "none",
      headCache = true,
      origin,
      payload = jsonPayload,
      topic
    } = options
    const cluster = { brokers, ...accessOf(options) }
    const all = Effect.gen(function* () {
      const ports = yield* Effect.all({
        log: openLog({ ...cluster, client, compression }),
        store: openStore(options.store)
      })
      return { ports, heads: headCache ? { heads: yield* HeadCache.make(ports) } : {} }
    })
    const opened = untilClosed(await open(all, options.log), topic)
    const { heads, ports } = opened.value
    const storeName = shownAddress(options.store)
    const named = { ...(origin === undefined ? {} : { origin }), storeName }
    const value = makeJournals({ ...ports, ...heads, topic, payload, ...named })
    const replicator = Effect.fnUntraced(function* ({ group: groupId }: ReplicateOptions) {
      const group = groupId === undefined ? {} : { group: yield* openGroup({ ...cluster, groupId }) }
      const { join, stop } = yield* replicate({ ...ports, ...heads, storeName, topics: [topic], ...group })
      yield* Effect.addFinalizer(() => stop)
      yield* Effect.forkScoped(
        Effect.catchCause(
          Effect.catch(join, ({ message }) => Effect.logError(message)),
          (cause) => Effect.logError(`Replication has ended by a defect of odradek: ${Cause.pretty(cause)}`)
        )
      )
    })
    const startReplicator = async (given: ReplicateOptions): Promise<Replicator> => {
      const refused = wrongReplicateOptions(given)
      if (refused !== undefined) throw new JournalError({ reason: "Invalid", topic, message: refused })
      return { close: (await opened.open(replicator(given))).close }
    }
    return new Journals({ ...opened, value }, startReplicator)
  }

  /** A handle on one journal; it costs nothing until it is used. Throws a `JournalError` where the id is no text. */
  journal(id: string): Journal<A> {
    const wrong = wrongId(id)
    if (wrong !== undefined) {
      throw new JournalError({ reason: "Invalid", topic: this.#opened.value.topic, message: wrong })
    }
    return new Journal(this.#opened.value.journal(id), this.#opened)
  }

  /** The ids of all journals that exist. */
  ids(): AsyncIterable<string> {
    return this.#opened.iterate(this.#opened.value.ids)
  }

  /**
   * Replicates the topic to the store in this process, as `odradek replicator` does in one of its own, until it or the
   * journals are closed.
   */
  replicate(options: ReplicateOptions = {}): Promise<Replicator> {
    return this.#replicate(options)
  }

  /** Ends the replicators that run here, and releases connections and files. */
  close(): Promise<void> {
    return this.#opened.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
