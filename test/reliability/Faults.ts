import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { CommitLogError, ConsumerGroupError, JournalStoreError } from "../../core/ports/index.ts"
import type { AppendRequest, CommitLog, ConsumerGroup, GroupOwner, JournalStore } from "../../core/ports/index.ts"

/**
 * What is done at a port: a step that a write has in it, any write, or another operation. The last three are only counted:
 * what a member of a group is told.
 */
const deeds = [
  "PutEvents",
  "PutHead",
  "RemoveEvents",
  "RemoveHead",
  "PutPointer",
  "write",
  "pointer",
  "head",
  "events",
  "append",
  "read",
  "commit",
  "Assigned",
  "Revoked",
  "Lost"
] as const

/** One of the {@link deeds}. */
export type Deed = (typeof deeds)[number]

/** Whether a text names a deed. */
export const isDeed = (text: string): text is Deed => deeds.some((deed) => deed === text)

/** A place at which something waits: `reached` ends when it has come there, `release` lets it go on. */
export interface Gate {
  readonly reached: Effect.Effect<void, Error>
  readonly release: Effect.Effect<void>
}

type Act = <A, E>(run: Effect.Effect<A, E>, failure: (message: string) => E) => Effect.Effect<A, E>

interface Rule {
  readonly deed: Deed
  readonly act: Act
  skip: number
  left: number
}

/** Which of the deeds: those after the first `skip` (0), and so many of them (1). */
export interface Which {
  readonly skip?: number
  readonly times?: number
}

const reachedMs = 60_000

/**
 * What goes wrong at the ports of one process, and when.
 *
 * **Details**
 *
 * Where a store writes a batch as one, the batch is every step in it: what is held before its head is held before its
 * events too, and what is held after its events has its head.
 */
export class Faults {
  readonly #rules: Array<Rule> = []
  readonly #counts = new Map<Deed, number>()

  /** How often this was begun. */
  count(deed: Deed): number {
    return this.#counts.get(deed) ?? 0
  }

  /** How much of what was ordered has not gone wrong yet. */
  get left(): number {
    return this.#rules.reduce((sum, { left }) => sum + left, 0)
  }

  /** Holds a deed before it is begun. */
  holdBefore(deed: Deed, which: Which = {}): Gate {
    return this.#gate(deed, which, (wait) => (run) => Effect.andThen(wait, run))
  }

  /** Holds a deed when it is done and nobody knows yet. */
  holdAfter(deed: Deed, which: Which = {}): Gate {
    return this.#gate(deed, which, (wait) => (run) => Effect.tap(run, () => wait))
  }

  /** Does it, and says that it has failed. */
  loseAnswer(deed: Deed, which: Which = {}): void {
    this.#add(deed, which, (run, failure) => Effect.andThen(run, Effect.fail(failure("The answer was lost."))))
  }

  /** Does not do it, and says so. */
  refuse(deed: Deed, which: Which = {}): void {
    this.#add(deed, which, (_, failure) => Effect.fail(failure("Nothing was reached.")))
  }

  /** Does it, and something else at once after it, before the answer. */
  followWith(deed: Deed, also: Effect.Effect<unknown, Error>, which: Which = {}): void {
    this.#add(deed, which, (run) => Effect.tap(run, () => Effect.orDie(also)))
  }

  store(inner: JournalStore): JournalStore {
    const act = <A>(deeds: ReadonlyArray<Deed>, run: Effect.Effect<A, JournalStoreError>) =>
      this.#run(
        deeds,
        run,
        (message) => new JournalStoreError({ reason: "Unreachable", operation: deeds.join(" "), message })
      )
    return {
      ...inner,
      pointer: (topic, partition) => act(["pointer"], inner.pointer(topic, partition)),
      head: (key) => act(["head"], inner.head(key)),
      heads: (...asked) => act(["head"], inner.heads(...asked)),
      events: (request) => act(["events"], inner.events(request)),
      write: (steps) => act(["write", ...steps.map(({ _tag }) => _tag)], inner.write(steps))
    }
  }

  log(inner: CommitLog): CommitLog {
    const failed = (operation: "append" | "read") => (message: string) =>
      new CommitLogError({ reason: operation === "append" ? "Unknown" : "Unreachable", operation, message })
    const append = (request: AppendRequest) => this.#run(["append"], inner.append(request), failed("append"))
    return { ...inner, append, read: (request) => this.#run(["read"], inner.read(request), failed("read")) }
  }

  group(inner: ConsumerGroup): ConsumerGroup {
    const failed = (message: string) =>
      new ConsumerGroupError({ reason: "Unreachable", operation: "commit", group: inner.id, message })
    return {
      ...inner,
      join: (topics, owner) => {
        const counting: GroupOwner = (event) => {
          this.#note([event._tag])
          return owner(event)
        }
        return Effect.map(inner.join(topics, counting), (membership) => ({
          ...membership,
          commit: (offsets) => this.#run(["commit"], membership.commit(offsets), failed)
        }))
      }
    }
  }

  #add(deed: Deed, { skip = 0, times = 1 }: Which, act: Act): void {
    this.#rules.push({ deed, act, skip, left: times })
  }

  #gate(deed: Deed, which: Which, actWith: (wait: Effect.Effect<void>) => Act): Gate {
    const [reached, released] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
    const wait = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(released))
    this.#add(deed, which, actWith(wait))
    return {
      reached: Effect.timeoutOrElse(Deferred.await(reached), {
        duration: reachedMs,
        orElse: () => Effect.fail(new Error(`No ${deed} was met within ${reachedMs / 1000} s.`))
      }),
      release: Effect.asVoid(Deferred.succeed(released, undefined))
    }
  }

  #run<A, E>(
    deeds: ReadonlyArray<Deed>,
    run: Effect.Effect<A, E>,
    failure: (message: string) => E
  ): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      this.#note(deeds)
      return this.#take(deeds)?.act(run, failure) ?? run
    })
  }

  #note(deeds: ReadonlyArray<Deed>): void {
    for (const deed of new Set(deeds)) this.#counts.set(deed, this.count(deed) + 1)
  }

  #take(deeds: ReadonlyArray<Deed>): Rule | undefined {
    for (const rule of this.#rules) {
      if (rule.left === 0 || !deeds.includes(rule.deed)) continue
      if (rule.skip > 0) rule.skip--
      else {
        rule.left--
        return rule
      }
    }
    return undefined
  }
}
