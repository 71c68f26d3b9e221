import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { odradek, serve, temporaryFolder, waiting } from "./Odradek.ts"
import type { Ended, Server } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const folder = temporaryFolder()
let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory", "--partitions", "3"])
  brokers = broker.ready.slice("ready ".length)
})
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const journal = (args: ReadonlyArray<string>, input?: string): Promise<Ended> =>
  odradek(["journal", ...args, "--brokers", brokers], input === undefined ? {} : { input })

const fine = async (args: ReadonlyArray<string>, input?: string): Promise<string> => {
  const ended = await journal(args, input)
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  return ended.stdout
}

const events = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line))

it("10,000 events come back as they went in, each read the same, byte for byte", async () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `{"payload":{"n":${at},"x":1.0},"tags":["t${at % 7}"]}`)
  expect(await fine(["append", "many", "a"], `${lines.join("\n")}\n`)).toMatch(
    /^10000 events appended, numbers 1 to 10000,/
  )
  const read = await fine(["read", "many", "a"])
  const back = read.split("\n").slice(0, -1)
  expect(back.map((line) => line.replace(/"seqNr":\d+,/, "").replace(/,"timestamp".*$/, "}"))).toEqual(lines)
  expect(back.map((line) => /"seqNr":(\d+)/.exec(line)?.[1])).toEqual(lines.map((_, at) => String(at + 1)))
  expect(await fine(["read", "many", "a"])).toBe(read)
})

it("events are appended in the compression that is asked for, and read without being told of it", async () => {
  await fine(["append", "compressed", "a", "--compression", "lz4"], '{"payload":"p"}\n')
  expect(events(await fine(["read", "compressed", "a"]))).toMatchObject([{ seqNr: 1, payload: "p" }])
  const { code, stderr } = await journal(["append", "compressed", "a", "--compression", "rar"], "{}\n")
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: '--compression from the command line is "rar": give none, gzip, snappy, lz4 or zstd.\n'
  })
})

it("events are appended by the library that is asked for", async () => {
  const said = await fine(
    ["append", "fast", "a", "--client", "platformatic", "--compression", "zstd"],
    '{"payload":"p"}\n'
  )
  expect(said).toMatch(/^1 event appended/)
  expect(events(await fine(["read", "fast", "a"]))).toMatchObject([{ seqNr: 1, payload: "p" }])
  const { code, stderr } = await journal(["append", "fast", "a", "--client", "rdkafka"], "{}\n")
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: '--client from the command line is "rdkafka": give kafkajs or platformatic.\n'
  })
})

it("what `read` writes, `append` takes: payloads of every kind, tags, metadata, headers", async () => {
  const input = [
    '{"payload":{"big":12345678901234567890,"one":1.0,"e":1e5},"tags":["a","b"],"metadata":{"by":"J"}}',
    '{"text":"line\\nfeed","headers":{"h":"v"}}',
    '{"binary":"AP+A","expireAfter":"30 days"}',
    "{}"
  ].join("\n")
  await fine(["append", "kinds", "a"], input)
  const read = await fine(["read", "kinds", "a"])
  expect(read).toContain('"payload":{"big":12345678901234567890,"one":1.0,"e":1e5}')
  await fine(["append", "kinds", "b"], read)
  const withoutPlace = (text: string) => text.replaceAll(/,"timestamp":\d+,"offset":\d+/g, "")
  expect(withoutPlace(await fine(["read", "kinds", "b"]))).toBe(withoutPlace(read))
})

it("--batch puts so many events into one record", async () => {
  const told = await fine(["append", "batches", "a", "--batch", "2", "--json"], "{}\n{}\n\n{}\n")
  expect(JSON.parse(told)).toMatchObject({ topic: "batches", id: "a", events: 3, records: 2, from: 1, to: 3 })
  const offsets = events(await fine(["read", "batches", "a"])).map(({ offset }) => offset)
  expect(offsets[0]).toBe(offsets[1])
  expect(offsets[2]).not.toBe(offsets[1])
})

it("a malformed line is refused by its number, and the message says what is in the log", async () => {
  const ended = await journal(["append", "refused", "a"], '{"payload":1}\n{"payload":2}\n{"payload":}\n{"payload":4}\n')
  expect(ended).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "Line 3 is not JSON: at character 12 should be a JSON value; the events of lines 1-2 are in the log, and no others; correct it and append from line 3 on.\n"
  })
  expect(events(await fine(["read", "refused", "a"])).map(({ payload }) => payload)).toEqual([1, 2])
})

it("a duration that is none is refused with its line, before its record and those after it are sent", async () => {
  const lines = ['{"payload":1}', '{"payload":2}', '{"payload":3}', '{"expireAfter":"soon"}', '{"payload":5}']
  const ended = await journal(["append", "durations", "a", "--batch", "2"], lines.join("\n"))
  expect(ended).toEqual({
    code: 1,
    stdout: "",
    stderr:
      'Line 4 has the "expireAfter" "soon", which is no duration: write a number and a unit, such as "30 days"; the events of lines 1-2 are in the log, and no others; correct it and append from line 3 on.\n'
  })
  expect(await fine(["pointer", "durations", "a"])).toBe("2\n")
})

it("one event is told in the singular", async () => {
  expect(await fine(["append", "single", "a"], "{}\n")).toMatch(/^1 event appended, number 1, up to single-\d @ \d\n$/)
})

it("a record that the topic does not take is told from those that are in the log", async () => {
  const large = `{"payload":"${"x".repeat(2 * 1024 * 1024)}"}`
  const ended = await journal(["append", "large", "a"], `{"payload":1}\n${large}\n`)
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(
    /^A record needs \d+ bytes and topic large takes at most 1048588: .*; the events of line 1 are in the log, and no others\.\n$/
  )
})

it("--keep-numbers keeps them, and refuses those that the journal has had", async () => {
  await fine(["append", "numbers", "a", "--keep-numbers"], '{"seqNr":5}\n{"seqNr":7}\n')
  expect(events(await fine(["read", "numbers", "a"])).map(({ seqNr }) => seqNr)).toEqual([5, 7])
  const ended = await journal(["append", "numbers", "a", "--keep-numbers"], '{"seqNr":6}\n')
  expect(ended.code).toBe(1)
  expect(ended.stderr).toBe(
    "Line 1 has the number 6, and the journal has had events up to 7; nothing was appended; correct it and append from line 1 on.\n"
  )
})

it("a signal ends an append between two events, and the message says what is in the log", async () => {
  const appending = waiting(
    ["journal", "append", "stopped", "a", "--brokers", brokers],
    '{"payload":1}\n{"payload":2}\n{'
  )
  await eventually(async () => expect((await journal(["pointer", "stopped", "a"])).stdout).toBe("2\n"))
  expect(await appending.stop("SIGTERM")).toEqual({
    code: 143,
    stdout: "",
    stderr: "Ended by SIGTERM; the events of lines 1-2 are in the log, and no others.\n"
  })
})

it("Ctrl-C ends an append with the status that shells give it", async () => {
  const appending = waiting(["journal", "append", "interrupted", "a", "--brokers", brokers], "{}\n")
  await eventually(async () => expect((await journal(["pointer", "interrupted", "a"])).stdout).toBe("1\n"))
  expect(await appending.stop("SIGINT")).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/^Ended by SIGINT; /)
  })
})

it("a file that is not there is named", async () => {
  const ended = await journal(["append", "files", "a", "--file", "nowhere.ndjson"])
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/^File nowhere\.ndjson cannot be read \(ENOENT\): .*; nothing was appended\.\n$/)
})

it("a reader that ends early is no failure", async () => {
  const lines = Array.from({ length: 3000 }, () => `{"payload":"${"x".repeat(200)}"}`).join("\n")
  const file = join(folder.path, "early.ndjson")
  writeFileSync(file, lines)
  await fine(["append", "early", "a", "--file", file, "--batch", "100"])
  const command = `set -o pipefail; ${process.execPath} --conditions=odradek-source runtimes/node/main.ts journal read early a --brokers ${brokers} | head -1`
  const { status, stderr, stdout } = spawnSync("bash", ["-c", command], { encoding: "utf8" })
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
  expect(events(stdout)).toHaveLength(1)
})

describe.skipIf(!existsSync("/dev/full"))("output that finds no room", () => {
  const unheard = (args: string, input = "") => {
    const command = `${process.execPath} --conditions=odradek-source runtimes/node/main.ts journal ${args} --brokers ${brokers} > /dev/full`
    const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8", input })
    return { status, stderr }
  }

  it("is a failure of a read that says so", async () => {
    await fine(["append", "full", "a"], "{}\n")
    expect(unheard("read full a")).toEqual({
      status: 1,
      stderr: "Standard output cannot be written (ENOSPC), and not all was: check where it goes, and run this again.\n"
    })
  })

  it("is a failure of an append that says what is in the log, and to append nothing again", async () => {
    expect(unheard("append unheard a", "{}\n{}\n")).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^Standard output cannot be written \(ENOSPC\), but the append is done: the events of lines 1-2 are in the log, and no others \(numbers 1 to 2, up to unheard-\d @ 2\); do not append them again\.\n$/
      )
    })
    expect(await fine(["pointer", "unheard", "a"])).toBe("2\n")
  })

  it("is told as one JSON object with --json", async () => {
    await fine(["append", "full", "b"], "{}\n")
    const { status, stderr } = unheard("read full b --json")
    expect({ status, told: JSON.parse(stderr) }).toEqual({
      status: 1,
      told: { time: expect.any(String), level: "Error", message: expect.stringContaining("ENOSPC") }
    })
  })

  it("is a failure of a delete that says that it is done", async () => {
    await fine(["append", "unheard", "b"], "{}\n{}\n")
    expect(unheard("delete unheard b --to 1 --yes")).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^Standard output cannot be written \(ENOSPC\), but the events up to 1 are deleted, by unheard-\d @ \d+: do not delete them again\.\n$/
      )
    })
  })

  it("is a failure of a purge that says that it is done", async () => {
    await fine(["append", "unheard", "c"], "{}\n")
    expect(unheard("purge unheard c --yes")).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^Standard output cannot be written \(ENOSPC\), but the journal is purged, by unheard-\d @ \d+: do not purge it again\.\n$/
      )
    })
    expect(await fine(["pointer", "unheard", "c"])).toBe("none\n")
  })
})

it("metadata that is nested too deep is refused with its line, and nothing is said twice", async () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
  expect(await journal(["append", "deep", "a", "--batch", "2"], `{"metadata":${deep}}\n{}\n`)).toEqual({
    code: 1,
    stdout: "",
    stderr:
      'Line 1 has "metadata" that is nested too deep: nest it less, or make it the payload; nothing was appended; correct it and append from line 1 on.\n'
  })
})

it("delete, pointer and purge tell what they did", async () => {
  await fine(["append", "removed", "a"], "{}\n{}\n{}\n")
  expect(await fine(["delete", "removed", "a", "--to", "2", "--yes"])).toMatch(
    /^deleted up to 2 by removed-\d @ \d+\n$/
  )
  expect(events(await fine(["read", "removed", "a"])).map(({ seqNr }) => seqNr)).toEqual([3])
  expect(await fine(["pointer", "removed", "a"])).toBe("3\n")
  expect(await fine(["purge", "removed", "a", "--yes"])).toMatch(/^purged by removed-\d @ \d+\n$/)
  expect(await fine(["pointer", "removed", "a"])).toBe("none\n")
  expect(await fine(["pointer", "removed", "a", "--json"])).toBe('{"topic":"removed","id":"a","pointer":null}\n')
  expect(await fine(["delete", "removed", "a", "--to", "2", "--yes"])).toBe(
    'nothing to delete: journal "a" has no events\n'
  )
})

it("ids are listed one a line, also those that are none by themselves", async () => {
  for (const id of ["plain", "two\nlines"]) await fine(["append", "ids", id], "{}\n")
  expect((await fine(["ids", "ids"])).split("\n").toSorted()).toEqual(["", '"two\\nlines"', "plain"])
  expect(
    events(await fine(["ids", "ids", "--json"]))
      .map(({ id }) => id)
      .toSorted()
  ).toEqual(["plain", "two\nlines"])
})

it("a store that is not there is not made, and what makes it is said", async () => {
  await fine(["append", "unkept", "a"], "{}\n")
  const path = join(folder.path, "mistyped.db")
  for (const args of [
    ["ids", "unkept"],
    ["read", "unkept", "a"],
    ["append", "unkept", "a"]
  ]) {
    expect(await journal([...args, "--store", `sqlite:${path}`], "{}\n")).toEqual({
      code: 1,
      stdout: "",
      stderr: `SQLite file ${path} does not exist: let a replicator make it (\`odradek replicator --topics unkept --store sqlite:${path}\`), or name another.\n`
    })
  }
  expect(existsSync(path)).toBe(false)
})

it("a replicator tells of its batches, ends with 0, and explain shows what is in the store", async () => {
  const store = `sqlite:${join(folder.path, "journal.db")}`
  await fine(["append", "copied", "a"], '{"payload":{"n":1}}\n{"payload":{"n":2}}\n')
  const replicator = await serve(["replicator", "--brokers", brokers, "--topics", "copied", "--store", store, "--json"])
  expect(replicator.ready).toBe("ready")
  await eventually(() => expect(replicator.written().stdout).toContain('"events":2'))
  const stopping = performance.now()
  const ended = await replicator.stop()
  expect(performance.now() - stopping).toBeLessThan(5000)
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
  const [, ...lines] = ended.stdout.trimEnd().split("\n")
  const told = lines.map((line): unknown => JSON.parse(line))
  expect(told).toContainEqual(expect.objectContaining({ type: "resumed", topic: "copied", nextOffset: 0 }))
  expect(told).toContainEqual(expect.objectContaining({ type: "batch", topic: "copied", events: 2, lag: 0 }))

  await fine(["append", "copied", "a", "--store", store], '{"payload":{"n":3}}\n')
  const explained = JSON.parse(await fine(["explain", "copied", "a", "--store", store, "--json"]))
  expect(explained.events.map(({ seqNr, source }: Record<string, unknown>) => [seqNr, source])).toEqual([
    [1, "store"],
    [2, "store"],
    [3, "log"]
  ])
  const table = await fine(["explain", "copied", "a", "--store", store])
  expect(table).toMatch(/^ +3 +\d+ +not yet +\{"n":3\}$/m)
  expect(table.split("\n").every((line) => line.length <= 80)).toBe(true)
})

it.each([["read"], ["pointer"], ["explain"], ["delete", "--to", "1", "--yes"], ["purge", "--yes"]])(
  "%s says that a topic is not there, which may be mistyped",
  async (command, ...more) => {
    const ended = await journal([command, "mistyped", "a", ...more])
    expect(ended).toMatchObject({ code: 1, stdout: "" })
    expect(ended.stderr).toContain("Topic mistyped does not exist on this cluster: create it, or use another name.")
  }
)
