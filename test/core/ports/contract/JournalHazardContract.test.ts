import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { ContractViolation, journalHazardContract } from "../../../../core/ports/contract/index.ts"
import type { JournalHazardSubject } from "../../../../core/ports/contract/index.ts"
import type {
  CommitLog,
  JournalHead,
  JournalStore,
  JournalStoreError,
  WriteStep
} from "../../../../core/ports/index.ts"

/** What the claims of a hazard say is wrong with a subject: the first violation of each claim that it breaks. */
const violations = async (
  hazard: string,
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
    if (!name.startsWith(`${hazard}. `)) continue
    const result = await Effect.runPromise(Effect.result(Effect.scoped(run)))
    if (result._tag === "Success") continue
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

const headed = (change: (head: JournalHead) => JournalHead | undefined) =>
  withStore((store) => ({
    head: (key) => Effect.map(store.head(key), (head) => (head === undefined ? undefined : change(head)))
  }))

/** A store whose heads are read one write late, as eventually consistent reads may be. */
const stale = withStore((store) => {
  const before = new Map<string, JournalHead | undefined>()
  return {
    head: (key) => Effect.map(store.head(key), (head) => (before.has(key.id) ? before.get(key.id) : head)),
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
      "H1",
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
    expect(await violations("crash. H2", one)).toEqual([
      expect.stringMatching(/^what is read by the next one, after 0 writes of a replicator that died/)
    ])
  })

  it("notices by H3 a store that reads no further than a gap", async () => {
    const contiguous = withStore((store) => ({
      events: (request) =>
        Effect.map(store.events(request), (all) => all.filter((event, at) => event.seqNr === (all[0]?.seqNr ?? 0) + at))
    }))
    expect(await violations("H3", contiguous)).toEqual([expect.stringMatching(/^what is read with gaps from 1 to 2/)])
  })

  it("notices by H5 a log that goes on at its start where records are gone", async () => {
    expect((await violations("H5", resetting))[0]).toBe("a read of a journal that has lost records")
  })

  it("notices by H8 and H15 a store that forgets a delete at the next action", async () => {
    const forgetful = writing((step) =>
      step._tag === "PutHead" && step.head.deleteTo === step.previous?.deleteTo
        ? [{ ...step, head: { ...step.head, deleteTo: 0 } }]
        : [step]
    )
    expect((await violations("H8", forgetful))[0]).toMatch(/^the journal's state/)
    expect((await violations("H15", forgetful))[0]).toMatch(/^the journal's state/)
  })

  it("notices by H9 and H12 a store whose heads are read late", async () => {
    expect((await violations("H9", stale))[0]).toMatch(/^(what is read|the journal's state)/)
    expect((await violations("H12", stale)).join("\n")).toMatch(/while "d1050" was replicated/)
  })

  it("notices by H11 a store that fences nobody", async () => {
    const whats = await violations("H11", unfenced)
    expect(whats.length).toBeGreaterThan(3)
    expect(whats[0]).toMatch(/^the pointer after a replicator slept before write 1 of "a1-2" on ""/)
  })

  it("notices by H11 a store that is not atomic, and whose heads anybody writes", async () => {
    const whats = await violations("H11", () => ({}), { atomic: false })
    expect(whats.length).toBeGreaterThan(3)
    expect(whats[0]).toMatch(/^what is read after a replicator slept|^the journal's state after a replicator slept/)
  })

  it("notices by H13 a store whose incarnations have one name", async () => {
    expect(
      await violations(
        "H13",
        headed((head) => ({ ...head, recordId: "one" }))
      )
    ).toEqual([expect.stringMatching(/^the head in the store|^whether an incarnation has a name of its own/)])
  })

  it("notices by H16 a store that has no journal without events", async () => {
    const empty = headed((head) => (head.deleteTo === head.seqNr ? undefined : head))
    expect((await violations("H16", empty))[0]).toMatch(/^what is read with the first 1 records of "d4 a2-3 a5"/)
  })

  it("notices by a crash a store that leaves events behind", async () => {
    const lazy = writing((step) => (step._tag === "RemoveEvents" ? [] : [step]))
    expect((await violations("crash", lazy, { atomic: false })).length).toBeGreaterThan(3)
  })
})
