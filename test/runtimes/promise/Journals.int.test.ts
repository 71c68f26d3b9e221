import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { Broker, Journals } from "../../../runtimes/promise/index.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-promise-"))
const unhandled = vi.fn()
let broker: Broker
let opened = 0

beforeAll(async () => {
  process.on("unhandledRejection", unhandled)
  broker = await Broker.start()
})
afterAll(async () => {
  await broker.close()
  process.off("unhandledRejection", unhandled)
  rmSync(folder, { recursive: true, force: true })
  expect(unhandled).not.toHaveBeenCalled()
})

/** The journals of a topic of their own unless it is named, with the messages that they have had for people. */
const openJournals = async ({ headCache = true, store = "memory:", topic = `topic-${++opened}` } = {}) => {
  const said: Array<string> = []
  const journals = await Journals.open({
    brokers: [broker.address],
    topic,
    store,
    headCache,
    log: (line) => {
      said.push(line)
    }
  })
  return { journals, said, topic }
}

const numbers = async (events: AsyncIterable<{ readonly seqNr: number }>): Promise<ReadonlyArray<number>> => {
  const found: Array<number> = []
  for await (const { seqNr } of events) found.push(seqNr)
  return found
}

it("what cannot be opened rejects with the tagged error itself", async () => {
  const open = (brokers: string, store: string) => Journals.open({ brokers: [brokers], topic: "t", store })
  await expect(open("nonsense", "memory:")).rejects.toMatchObject({ _tag: "BrokerAddressInvalid" })
  await expect(open(broker.address, "cassandra:x")).rejects.toMatchObject({ _tag: "StoreAddressError" })
  await expect(Broker.start({ listen: broker.address })).rejects.toMatchObject({ _tag: "NetworkError" })
})

it("journals in a compression are read by those in another", async () => {
  const topic = "compressed"
  for (const compression of ["lz4", "snappy", "gzip", "zstd"] as const) {
    await using journals = await Journals.open({ brokers: [broker.address], topic, store: "memory:", compression })
    await journals.journal("a").append([{ payload: { by: compression } }])
  }
  const { journals } = await openJournals({ topic })
  const payloads: Array<unknown> = []
  for await (const { payload } of journals.journal("a").read()) payloads.push(payload)
  expect(payloads).toEqual([{ by: "lz4" }, { by: "snappy" }, { by: "gzip" }, { by: "zstd" }])
  await journals.close()
})

it("an operation that fails rejects with the JournalError itself, and so does an iteration", async () => {
  const { journals } = await openJournals()
  await journals.close()
  const journal = journals.journal("a")
  const error = { _tag: "JournalError", topic: expect.any(String), message: expect.any(String) }
  await expect(journal.append([{ payload: 1 }])).rejects.toMatchObject(error)
  await expect(journal.pointer()).rejects.toMatchObject(error)
  await expect(numbers(journal.read())).rejects.toMatchObject(error)
})

it("a read tells the log which events are left out, because their numbers were taken", async () => {
  const { journals, said, topic } = await openJournals()
  const other = await openJournals({ topic })
  const [mine, theirs] = [journals.journal("a"), other.journals.journal("a")]
  await mine.append([{ payload: 1 }])
  await theirs.append([{ payload: 2 }])
  await mine.append([{ payload: 3 }])
  expect(await numbers(theirs.read())).toEqual([1, 2])
  expect(other.said).toEqual([expect.stringContaining("Event 2 of journal")])
  expect(said).toEqual([])
  await Promise.all([journals.close(), other.journals.close()])
})

for (const headCache of [true, false]) {
  it(`a read sees what is in the log and what is in the store, with a head cache: ${headCache}`, async () => {
    const { journals, said } = await openJournals({ headCache })
    const journal = journals.journal("a")
    await journal.append([{ payload: 1 }, { payload: 2 }])
    expect(await numbers(journal.read())).toEqual([1, 2])
    const replicator = await journals.replicate()
    await expect.poll(async () => (await journal.explain()).head?.seqNr).toBe(2)
    await replicator.close()
    await journal.delete(1)
    await journal.append([{ payload: 3 }])
    expect(await numbers(journal.read())).toEqual([2, 3])
    expect(await journal.pointer()).toBe(3)
    expect(said).toEqual([])
    await journals.close()
  })
}

it("an iteration that is left early, or before it ends, keeps nothing from closing", async () => {
  const { journals } = await openJournals()
  const journal = journals.journal("a")
  for (let n = 0; n < 20; n++) await journal.append([{ payload: n }])
  for await (const { seqNr } of journal.read()) if (seqNr === 3) break
  const abandoned = journal.read()[Symbol.asyncIterator]()
  expect(await abandoned.next()).toMatchObject({ done: false, value: { seqNr: 1 } })
  await journals.close()
})

it("a read that is under way when the journals are closed fails, and does not wait for ever", async () => {
  const { journals } = await openJournals()
  const journal = journals.journal("a")
  await journal.append([{ payload: 1 }])
  const reading = expect(numbers(journal.read())).rejects.toMatchObject({ _tag: "JournalError" })
  await journals.close()
  await reading
})

it("close may be called again, and at once", async () => {
  const { journals } = await openJournals()
  await Promise.all([journals.close(), journals.close()])
  await journals[Symbol.asyncDispose]()
})

it("closing the journals ends the replicators that they run, so that the program can end", () => {
  const program = `
    import { Broker, Journals } from "odradek/runtimes/promise"
    const broker = await Broker.start()
    const store = ${JSON.stringify(`sqlite:${join(folder, "ended.db")}`)}
    const journals = await Journals.open({ brokers: [broker.address], topic: "t", store })
    await journals.journal("a").append([{ payload: 1 }])
    const replicator = await journals.replicate()
    await journals.close()
    void replicator
    await broker.close()
    console.log("closed")`
  const args = ["--conditions=odradek-source", "--input-type=module", "--eval", program]
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 100_000 })
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: "", stdout: "closed\n" })
})

it("who follows a journal has what there is and then what comes, and may leave at any time", async () => {
  const { journals } = await openJournals()
  const account = journals.journal("a")
  await account.append([{ payload: 1 }])
  const followed: Array<unknown> = []
  for await (const one of account.follow()) {
    followed.push(one._tag === "Event" ? one.event.payload : one._tag)
    if (followed.length === 1) await account.append([{ payload: 2 }])
    if (followed.length === 2) await account.purge()
    if (followed.length === 3) break
  }
  expect(followed).toEqual([1, 2, "Purged"])
  await journals.close()
})
