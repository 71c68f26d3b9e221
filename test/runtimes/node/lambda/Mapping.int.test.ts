import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { decodeUtf8 } from "../../../../core/bytes/index.ts"
import { startMappings } from "./Mappings.ts"

let mappings: Awaited<ReturnType<typeof startMappings>>
beforeAll(async () => {
  mappings = await startMappings()
})
afterAll(() => mappings.end())

const values = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, n) => `v${n}`)

const all = (topic: string, count: number): ReadonlyArray<string> =>
  values(count).map((value, offset) => `${topic}-0:${offset} ${value}`)

const patient = { timeout: 60_000, interval: 50 }

describe("a function that is invoked with the records of a topic", { timeout: 120_000 }, () => {
  it("gets each record once, in its order, in batches", async () => {
    await mappings.append("plain", values(25))
    const { code, invoked, lines } = await mappings.drain("plain", "handler", "--batch-size", "10")
    expect(code).toBe(0)
    expect(invoked.map(({ cold }) => cold)).toEqual([true, false, false])
    expect(lines[0]).toEqual({ type: "ready" })
    expect(mappings.memory("plain")).toEqual(all("plain", 25))
    expect(invoked.map(({ partitions }) => partitions[0]?.records)).toEqual([10, 10, 5])
    expect(lines.at(-1)).toEqual({ type: "summary", handled: 25, givenUp: 0, invocations: 3, failed: 0 })
  })

  it("gets what failed again in a new process, where its own has ended", async () => {
    await mappings.append("exits", values(3))
    const { code, invoked } = await mappings.drain("exits", "exits")
    expect(code).toBe(0)
    expect(mappings.memory("exits")).toEqual(all("exits", 3))
    expect(invoked.map(({ cold, outcome, reason }) => [outcome, reason, cold])).toEqual([
      ["failed", "Exited", true],
      ["done", undefined, true]
    ])
    expect(invoked[0]?.message).toBe("The function's process has ended with exit code 7.")
  })

  it("gets what failed again in a new process, where its own was killed", async () => {
    await mappings.append("killed", values(3))
    const { code, invoked } = await mappings.drain("killed", "killed")
    expect(code).toBe(0)
    expect(mappings.memory("killed")).toEqual(all("killed", 3))
    expect(invoked.map(({ message }) => message)).toEqual(["The function's process has ended by SIGKILL.", undefined])
  })

  it("is killed when its time is up, also where it never lets go of its thread", async () => {
    await mappings.append("spins", values(3))
    const { code, invoked } = await mappings.drain("spins", "spins", "--timeout", "1")
    expect(code).toBe(0)
    expect(mappings.memory("spins")[0]).toBe("has at most a second")
    expect(mappings.memory("spins").slice(1).slice(-3)).toEqual(all("spins", 3))
    expect(invoked[0]).toMatchObject({ outcome: "failed", reason: "TimedOut" })
    expect(invoked.at(-1)).toMatchObject({ outcome: "done" })
  })

  it("gets again from where it says, and what was before that no more", async () => {
    await mappings.append("partly", values(4))
    const { code, invoked } = await mappings.drain("partly", "partly")
    expect(code).toBe(0)
    expect(mappings.memory("partly")).toEqual([0, 1, 2, 3].map((offset) => `partly-0:${offset}`))
    expect(invoked.map(({ outcome, resume }) => [outcome, resume?.[0]?.offset])).toEqual([
      ["resume", 1],
      ["resume", 2],
      ["resume", 3],
      ["done", undefined]
    ])
  })

  it("gets everything again where its answer names what the event does not have", async () => {
    await mappings.append("answer", values(2))
    const { invoked } = await mappings.drain("answer", "answersWrongly")
    expect(invoked.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["failed", "Answer"],
      ["done", undefined]
    ])
    expect(mappings.memory("answer")).toEqual(all("answer", 2))
  })

  it("gets everything again where its answer is no JSON, and has not thrown", async () => {
    await mappings.append("json", values(2))
    const { invoked } = await mappings.drain("json", "answersNoJson")
    expect(invoked.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["failed", "Answer"],
      ["done", undefined]
    ])
    expect(invoked[0]?.message).toMatch(/^The answer cannot be used: it is no JSON \(TypeError: .*BigInt.*\)\.$/)
    expect(mappings.memory("json")).toEqual(all("json", 2))
  })

  it("is taken at its word, without ReportBatchItemFailures", async () => {
    await mappings.append("word", values(4))
    const { code, lines } = await mappings.drain("word", "partly", "--no-report-batch-item-failures")
    expect(code).toBe(0)
    expect(mappings.memory("word")).toEqual(["word-0:0"])
    expect(lines.at(-1)).toMatchObject({ handled: 4, invocations: 1 })
  })

  it("is rid of a record that it cannot take: bisected, retried, and given up into a file", async () => {
    await mappings.append("poisoned", ["v0", "v1", "poison", "v3"])
    const path = join(mappings.folder, "given-up.ndjson")
    const flags = ["--bisect", "--retry-attempts", "1", "--on-failure", `file:${path}`]
    const { code, invoked, lines, stderr } = await mappings.drain("poisoned", "throws", ...flags)
    expect(code).toBe(1)
    expect(stderr).toContain("1 of the records were given up")
    expect(stderr).toMatch(/^TypeError: poisoned\n {4}at .*throws.*Handlers\.ts:\d+/m)
    expect(mappings.memory("poisoned")).toEqual(["poisoned-0:0 v0", "poisoned-0:1 v1", "poisoned-0:3 v3"])
    const poisoned = invoked.filter(({ partitions }) => partitions[0]?.from === 2 && partitions[0].to === 2)
    expect(poisoned.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, "The function has thrown TypeError: poisoned"],
      [2, "The function has thrown TypeError: poisoned"]
    ])
    expect(lines.at(-1)).toMatchObject({ handled: 3, givenUp: 1 })
    const given = JSON.parse(readFileSync(path, "utf8")) as {
      readonly requestContext: { readonly condition: string }
      readonly KafkaBatchInfo: { readonly batchSize: number; readonly recordInfo: object }
      readonly payload: string
    }
    expect(given.requestContext.condition).toBe("RetryAttemptsExhausted")
    expect(given.KafkaBatchInfo).toMatchObject({
      batchSize: 1,
      recordInfo: { "poisoned-0": { firstRecordOffset: 2, lastRecordOffset: 2 } }
    })
    expect(JSON.parse(given.payload)).toMatchObject({ records: { "poisoned-0": [{ offset: 2 }] } })
  })

  it("is rid of a record that it cannot take: given up into a topic, with where it is from", async () => {
    await mappings.append("letters", ["poison", "v1"])
    const flags = ["--batch-size", "1", "--retry-attempts", "0", "--on-failure", "kafka://dead-letters"]
    await mappings.append("dead-letters", ["before"])
    const { code, lines } = await mappings.drain("letters", "throws", ...flags)
    expect(code).toBe(1)
    expect(mappings.memory("letters")).toEqual(["letters-0:1 v1"])
    expect(lines.find(({ type }) => type === "givenUp")).toMatchObject({ destination: "kafka://dead-letters" })
    const { records } = await mappings.read("dead-letters")
    const letter = records[1]
    expect(decodeUtf8(letter?.value ?? new Uint8Array())).toBe("poison")
    expect(letter?.headers.map(({ name, value }) => `${name}=${decodeUtf8(value ?? new Uint8Array())}`)).toEqual([
      "lambda.topic=letters",
      "lambda.partition=0",
      "lambda.offset=0",
      "lambda.condition=RetryAttemptsExhausted"
    ])
  })

  it("does not get records that are too old", async () => {
    await mappings.append("old", ["v0"], Date.now() - 3_600_000)
    await mappings.append("old", ["v1"])
    const { code } = await mappings.drain("old", "handler", "--record-age", "1800")
    expect(code).toBe(1)
    expect(mappings.memory("old")).toEqual(["old-0:1 v1"])
  })

  it("gets events of 6 MB at most", async () => {
    const large = "x".repeat(900_000)
    await mappings.append(
      "large",
      Array.from({ length: 8 }, () => large)
    )
    const { code, invoked } = await mappings.drain("large", "handler", "--batching-window", "2")
    expect(code).toBe(0)
    expect(mappings.memory("large").map((line) => line.length)).toEqual(
      Array.from({ length: 8 }, () => "large-0:0 ".length + large.length)
    )
    expect(Math.max(...invoked.map(({ partitions }) => partitions[0]?.records ?? 0))).toBeLessThanOrEqual(5)
  })

  it("goes on with what its group has committed", async () => {
    await mappings.append("kept", values(3))
    expect(await mappings.drain("kept", "handler", "--group", "keeps")).toMatchObject({ code: 0 })
    expect(await mappings.committed("keeps", "kept")).toBe(3)
    await mappings.append("kept", ["v3"])
    const { code, invoked } = await mappings.drain("kept", "handler", "--group", "keeps")
    expect(code).toBe(0)
    expect(invoked.map(({ partitions }) => partitions[0]?.from)).toEqual([3])
    expect(mappings.memory("kept")).toEqual(all("kept", 4))
  })

  it("does not get what was there before, from LATEST on", async () => {
    await mappings.append("latest", ["before"])
    const running = mappings.begin("latest", "handler", "--starting-position", "LATEST")
    await vi.waitFor(() => expect(running.written().stdout).toContain('"assigned"'), patient)
    await mappings.append("latest", ["after"])
    await vi.waitFor(() => expect(mappings.memory("latest")).toEqual(["latest-0:1 after"]), patient)
    expect(await running.stop("SIGINT")).toMatchObject({ code: 0 })
  })

  it("ends what it is at when a signal comes, and that is committed", async () => {
    await mappings.append("ends", values(80))
    const running = mappings.begin("ends", "slow", "--group", "ends", "--batch-size", "2")
    await vi.waitFor(() => expect(mappings.memory("ends")).toContain("begins"), patient)
    const { code, stdout } = await running.stop("SIGTERM")
    expect(code).toBe(0)
    const done = mappings.memory("ends").filter((line) => line !== "begins")
    const begun = mappings.memory("ends").length - done.length
    expect(done).toEqual(all("ends", begun * 2))
    expect(stdout).toContain(`"handled":${done.length},"givenUp":0,"invocations":${begun},"failed":0}`)
    expect(await mappings.committed("ends", "ends")).toBe(done.length)
  })

  it("ends with the program that has started it, also where that is killed", async () => {
    await mappings.append("lingers", ["v0"])
    const running = mappings.begin("lingers", "lingers")
    await vi.waitFor(() => expect(mappings.memory("lingers")).toHaveLength(1), patient)
    const pid = Number(mappings.memory("lingers")[0])
    expect(process.kill(pid, 0)).toBe(true)
    await running.stop("SIGKILL")
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), patient)
  })

  it("gets a record twice at once when its partition goes to another poller, and leaves none out", async () => {
    await mappings.append("moved", values(4))
    const flags = ["--pollers", "2", "--rebalance", "2", "--batch-size", "1", "--group", "moves"]
    const { code, lines } = await mappings.drain("moved", "overlaps", ...flags)
    expect(code).toBe(0)
    expect(lines.filter(({ poller, type }) => type === "assigned" && poller === 2).length).toBeGreaterThan(0)
    const memory = mappings.memory("moved")
    // Both had it before either was done with it.
    expect(memory.slice(0, 2)).toEqual(["begins", "begins"])
    expect(new Set(memory)).toEqual(new Set(["begins", ...all("moved", 4)]))
    expect(await mappings.committed("moves", "moved")).toBe(4)
  })

  it("finds itself where AWS Lambda would have it, with variables of its own and without our secrets", async () => {
    await mappings.append("looks", ["v0"])
    const { code } = await mappings.drain("looks", "looks", "--environment", "GREETING=a=b")
    expect(code).toBe(0)
    const [variables, context] = mappings.memory("looks")
    expect(JSON.parse(variables ?? "")).toEqual({
      AWS_LAMBDA_FUNCTION_NAME: "Handlers",
      GREETING: "a=b",
      _HANDLER: "Handlers.looks"
    })
    expect(context).toBe("Handlers 36")
  })
})
