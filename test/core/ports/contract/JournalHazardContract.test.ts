import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { JournalError } from "../../../../core/journal/index.ts"
import { ContractViolation, journalHazardContract } from "../../../../core/ports/contract/index.ts"
import type { JournalHazardSubject, RequestPass } from "../../../../core/ports/contract/index.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import type { CommitLog, JournalHead, JournalStore, WriteStep } from "../../../../core/ports/index.ts"
import { headsBy } from "../../../../core/store/index.ts"

/** What is found of a store whose heads are so wrong that readers take it for another log's. */
const refused = "a reader refuses the store"

/** What the claims of such names say is wrong with a subject: the first violation of each claim that it breaks. */
const violations = async (
  beginning: string,
  change: (subject: JournalHazardSubject) => Partial<JournalHazardSubject>,
  options?: { readonly atomic: boolean }
): Promise<ReadonlyArray<string>> => {
  const make = Effect.sync(() => {
    const log = MemoryLog.make({ partitions: { topic: 1 } })
    const sound = { store: MemoryStore.make(options), log, topic: "topic", trim: log.trim }
    return { ...sound, ...change(sound) }
  })
  const found: Array<string> = []
  for (const { name, run } of journalHazardContract(make)) {
    if (!name.startsWith(beginning)) continue
    const result = await Effect.runPromise(Effect.result(Effect.scoped(run)))
    if (result._tag === "Success") continue
    if (result.failure instanceof JournalError && result.failure.reason === "Store") {
      found.push(refused)
      continue
    }
    expect(result.failure).toBeInstanceOf(ContractViolation)
    if (result.failure instanceof ContractViolation) found.push(result.failure.what)
  }
  return found
}

const withStore = (change: (store: JournalStore) => Partial<JournalStore>) => (subject: JournalHazardSubject) => ({
  store: { ...subject.store, ...change(subject.store) }
})

/** A store that carries out something else than it is told. */
const writing = (change: (step: WriteStep) => ReadonlyArray<WriteStep>) =>
  withStore((store) => ({ write: (steps) => store.write(steps.flatMap(change)) }))

/** How a store answers whose heads are read in another way. */
const reading = (head: JournalStore["head"]): Pick<JournalStore, "head" | "heads"> => ({ head, heads: headsBy(head) })

const headed = (change: (head: JournalHead) => JournalHead | undefined) =>
  withStore((store) =>
    reading((key) => Effect.map(store.head(key), (head) => (head === undefined ? undefined : change(head))))
  )

/** A store whose heads are read one write late, as eventually consistent reads may be. */
const stale = withStore((store) => {
  const before = new Map<string, JournalHead | undefined>()
  return {
    ...reading((key) => Effect.map(store.head(key), (head) => (before.has(key.id) ? before.get(key.id) : head))),
    write: (steps) =>
      Effect.forEach(
        steps,
        (step) =>
          step._tag === "PutHead" && step.previous !== undefined
            ? Effect.map(store.head(step.key), (head) => before.set(step.key.id, head))
            : Effect.void,
        { discard: true }
      ).pipe(Effect.andThen(store.write(steps)))
  }
})

/** A store that moves a pointer from anywhere. */
const unfenced = withStore((store) => {
  const unconditional = (step: WriteStep): Effect.Effect<WriteStep, JournalStoreError> =>
    step._tag === "PutPointer"
      ? Effect.map(store.pointer(step.topic, step.partition), (previous) => ({ ...step, previous }))
      : Effect.succeed(step)
  return { write: (steps) => Effect.flatMap(Effect.forEach(steps, unconditional), store.write) }
})

/** Sends a request that carries out a step. */
type Ask = (step: WriteStep) => Effect.Effect<void, JournalStoreError>

/** A subject whose store makes requests of each step. */
const requesting =
  (make: (store: JournalStore, pass: RequestPass) => (step: WriteStep, ask: Ask) => ReturnType<Ask>) =>
  ({ store }: JournalHazardSubject): Partial<JournalHazardSubject> => {
    const open = (pass: RequestPass): JournalStore => {
      const ask: Ask = (step) => pass({ kind: step._tag, writes: true }, store.write([step]))
      const carryOut = make(store, pass)
      return { ...store, write: (steps) => Effect.forEach(steps, (step) => carryOut(step, ask), { discard: true }) }
    }
    return { store: open((_, send) => send), openThrough: (pass) => Effect.succeed(open(pass)) }
  }

/** A store that writes events after the head that promises them. */
const hasty = requesting(() => {
  const held = new Map<string, Array<WriteStep>>()
  return (step, ask) => {
    if (!("key" in step)) return ask(step)
    const before = held.get(step.key.id) ?? []
    held.set(step.key.id, step._tag === "PutEvents" ? [...before, step] : [])
    return step._tag === "PutEvents" ? Effect.void : Effect.forEach([step, ...before], ask, { discard: true })
  }
})

/** A store that keeps notes of what it is about to do, and strikes out its own. */
const noting = (subject: JournalHazardSubject): Partial<JournalHazardSubject> => {
  const seen = new Set<string>()
  const notes = new Map<object, string>()
  const change = requesting((_, pass) => (step, ask) => {
    if (step._tag === "PutPointer") seen.add(step.topic)
    if (step._tag !== "PutHead") return ask(step)
    const note = {}
    const begin = Effect.sync(() => notes.set(note, step.key.topic))
    const end = Effect.sync(() => notes.delete(note))
    return Effect.andThen(
      Effect.andThen(pass({ kind: "begin", writes: true }, begin), ask(step)),
      Effect.asVoid(pass({ kind: "end", writes: true }, end))
    )
  })
  const contents = Effect.sync(() => {
    const topics = new Map<string, ReadonlyArray<string>>(Array.from(seen, (topic) => [topic, ["pointer"]]))
    for (const topic of notes.values()) topics.set(topic, [...(topics.get(topic) ?? []), "note"])
    return topics
  })
  return { ...change(subject), contents }
}

/** A store that looks at a head, and then writes another whatever has become of it. */
const looking = requesting((store) => (step, ask) => {
  if (step._tag !== "PutHead") return ask(step)
  const fenced = new JournalStoreError({ reason: "Fenced", operation: "write", message: "Start again." })
  return Effect.flatMap(store.head(step.key), (head) =>
    head?.offset === step.previous?.offset || head?.offset === step.head.offset ? ask(step) : Effect.fail(fenced)
  )
})

/** A log that begins at its start where something below is asked for. */
const resetting = ({ log }: { readonly log: CommitLog }): Partial<JournalHazardSubject> => ({
  log: {
    ...log,
    read: (request) =>
      Effect.catch(log.read(request), (error) =>
        error.logStart === undefined ? Effect.fail(error) : log.read({ ...request, offset: error.logStart })
      )
  }
})

describe("the suite of hazards", () => {
  it("notices by H1 a store that forgets no journal", async () => {
    const [first] = await violations(
      "H1. ",
      writing((step) => (step._tag === "RemoveHead" ? [] : [step]))
    )
    expect(first).toMatch(/^what is read with the first 3 records of "a1-3 a4-5 purge a1-2" replicated/)
  })

  it("notices by H2 a store that keeps one event of a record", async () => {
    const one = writing((step) =>
      step._tag === "PutEvents"
        ? [{ ...step, events: step.events.filter(({ offset }, at, all) => all[at + 1]?.offset !== offset) }]
        : [step]
    )
    expect(await violations("crash. H2. ", one)).toEqual([
      expect.stringMatching(/^what is read by the next one, after 0 writes of a replicator that died/)
    ])
  })

  it("notices by H3 a store that reads no further than a gap", async () => {
    const contiguous = withStore((store) => ({
      events: (request) =>
        Effect.map(store.events(request), (all) => all.filter((event, at) => event.seqNr === (all[0]?.seqNr ?? 0) + at))
    }))
    expect(await violations("H3. ", contiguous)).toEqual([expect.stringMatching(/^what is read with gaps from 1 to 2/)])
  })

  it("notices by H5 a log that goes on at its start where records are gone", async () => {
    expect((await violations("H5. ", resetting))[0]).toBe("a read of a journal that has lost records")
  })

  it("notices by H8 and H15 a store that forgets a delete at the next action", async () => {
    const forgetful = writing((step) =>
      step._tag === "PutHead" && step.head.deleteTo === step.previous?.deleteTo
        ? [{ ...step, head: { ...step.head, deleteTo: 0 } }]
        : [step]
    )
    expect((await violations("H8. ", forgetful))[0]).toMatch(/^the journal's state/)
    expect((await violations("H15. ", forgetful))[0]).toMatch(/^the journal's state/)
  })

  it("notices by H9 and H12 a store whose heads are read late", async () => {
    expect((await violations("H9. ", stale))[0]).toMatch(/^(what is read|the journal's state)/)
    expect((await violations("H12. ", stale)).join("\n")).toMatch(/while "d1050" was replicated/)
  })

  it("notices by H11 a store that fences nobody", async () => {
    const whats = await violations("H11. ", unfenced)
    expect(whats.length).toBeGreaterThan(3)
    expect(whats[0]).toMatch(/^the pointer after a replicator slept before write 1 of "a1-2" on ""/)
  })

  it("notices by H11 a store that is not atomic, and whose heads anybody writes", async () => {
    const whats = await violations("H11. ", () => ({}), { atomic: false })
    expect(whats.length).toBeGreaterThan(3)
    expect(whats.find((what) => what !== refused)).toMatch(
      /^what is read after a replicator slept|^the journal's state after a replicator slept/
    )
  })

  it("notices by H13 a store whose incarnations have one name", async () => {
    expect(
      await violations(
        "H13. ",
        headed((head) => ({ ...head, recordId: "one" }))
      )
    ).toEqual([expect.stringMatching(/^the head in the store|^whether an incarnation has a name of its own/)])
  })

  it("notices by H16 a store that has no journal without events", async () => {
    const empty = headed((head) => (head.deleteTo === head.seqNr ? undefined : head))
    expect((await violations("H16. ", empty))[0]).toMatch(/^what is read with the first 1 records of "d4 a2-3 a5"/)
  })

  it("notices by a crash a store that leaves events behind", async () => {
    const lazy = writing((step) => (step._tag === "RemoveEvents" ? [] : [step]))
    expect((await violations("crash. ", lazy, { atomic: false })).length).toBeGreaterThan(3)
  })
  it("notices by a crash between requests a store that promises events before it has them, where rows do not tell", async () => {
    const whats = await violations("crash. ", hasty, { atomic: false })
    const shows = expect.stringMatching(
      /^what the store shows of journal-\d after \d+ requests of a replicator that died/
    )
    expect(whats).toEqual([shows, shows])
  })

  it("notices by a crash between requests what no read of the port answers", async () => {
    const whats = await violations("crash. ", noting, { atomic: false })
    const left = expect.stringMatching(/^what is in the database after \d+ requests of a replicator that died/)
    expect(whats).toEqual([left, left])
  })

  it("notices by a sleep between requests a store that looks at a head and then writes it unconditionally", async () => {
    const whats = await violations("H11. a replicator that sleeps at any request", looking, { atomic: false })
    expect(whats).toEqual(Array(2).fill(expect.stringMatching(/after a replicator slept before request \d+/)))
  })

  it("takes rows for requests where nobody may come between", async () => {
    const lazy = writing((step) => (step._tag === "RemoveEvents" ? [] : [step]))
    const whats = await violations("crash. whichever request", lazy, { atomic: false })
    const stored = expect.stringMatching(/^the events in the store without a fault/)
    expect(whats).toEqual([stored, stored])
  })
})
