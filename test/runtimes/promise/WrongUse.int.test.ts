import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Broker, Journals } from "../../../runtimes/promise/index.ts"

let broker: Broker
let opened = 0

beforeAll(async () => {
  broker = await Broker.start()
})
afterAll(() => broker.close())

/** What the program of somebody without types calls, who gives what no type would let through. */
type Untyped = (...given: ReadonlyArray<unknown>) => unknown
const untyped = (receiver: object, name: string): Untyped => {
  const found: unknown = Reflect.get(receiver, name)
  if (typeof found !== "function") throw new Error(`There is no ${name}.`)
  return (...given) => Reflect.apply(found, receiver, given)
}

const right = () => ({ brokers: [broker.address], topic: "t", store: "memory:" })
const openUntyped = async (options: unknown): Promise<unknown> => untyped(Journals, "open")(options)
const openJournals = () => Journals.open({ ...right(), topic: `topic-${++opened}` })

const invalid = (message: RegExp | string) =>
  expect.objectContaining({
    _tag: "JournalError",
    reason: "Invalid",
    message: expect.stringMatching(message)
  })

describe("options that no journals can be opened with are refused before anything is opened", () => {
  const wrong: ReadonlyArray<readonly [name: string, options: object, says: RegExp]> = [
    ["an unknown client", { client: "nope" }, /^`client` is "nope", and has to be "kafkajs" or "platformatic"\.$/],
    ["no topic", { topic: undefined }, /^`topic` is undefined, and has to be a text: the name of the topic/],
    ["an empty topic", { topic: "" }, /^"" is no topic name: use 1 to 249 letters/],
    ["a topic that Kafka cannot have", { topic: "a b" }, /^"a b" is no topic name/],
    ["no brokers", { brokers: undefined }, /^`brokers` is undefined, and has to be a list of host:port addresses/],
    ["an empty list of brokers", { brokers: [] }, /^`brokers` is an empty list, and has to/],
    ["brokers that are a text", { brokers: "127.0.0.1:9092" }, /^`brokers` is "127.0.0.1:9092", and has to be a list/],
    ["a broker that is a number", { brokers: [9092] }, /^`brokers\[0\]` is 9092, and has to be a text, host:port\.$/],
    ["an unknown compression", { compression: "zip" }, /^`compression` is "zip", and has to be "none", "gzip"/],
    ["no store", { store: undefined }, /^`store` is undefined, and has to be a text: write sqlite:FILE, /],
    ["a codec that is none", { payload: "json" }, /^`payload` is "json", and has to be a codec/],
    ["an origin that is a number", { origin: 5 }, /^`origin` is 5, and has to be a text\.$/],
    ["a head cache that is a text", { headCache: "no" }, /^`headCache` is "no", and has to be true or false\.$/],
    ["a log that is no function", { log: "stderr" }, /^`log` is "stderr", and has to be a function/],
    ["tls that is false", { tls: false }, /^`tls` is false, and has to be true or an object/],
    ["a field of tls that means nothing", { tls: { cert: "" } }, /^`tls` has a field "cert", which means nothing/],
    ["a field of tls that is no text", { tls: { ca: 5 } }, /^`tls\.ca` is 5, and has to be a text\.$/],
    ["an unknown mechanism", { sasl: { mechanism: "x" } }, /^`sasl\.mechanism` is "x", and has to be "plain", /],
    ["no user", { sasl: { mechanism: "plain" } }, /^`sasl\.username` is undefined, and has to be a text\.$/],
    [
      "a field that means nothing",
      { brokerz: [] },
      /^The options have a field "brokerz", which means nothing here: there/
    ]
  ]
  for (const [name, options, says] of wrong) {
    it(name, async () => {
      await expect(openUntyped({ ...right(), ...options })).rejects.toEqual(invalid(says))
    })
  }

  it("a password that is no text, which is not shown", async () => {
    const sasl = { mechanism: "plain", username: "u", password: 31337 }
    const says = /^`sasl\.password` is of type number, and has to be a text\.$/
    await expect(openUntyped({ ...right(), sasl })).rejects.toEqual(invalid(says))
  })

  it("no options at all", async () => {
    const says = /^The options are undefined, and have to be an object with `brokers`, `topic` and `store`\.$/
    await expect(openUntyped(undefined)).rejects.toEqual(invalid(says))
  })

  it("optional ones that are undefined are not given", async () => {
    const none = { client: undefined, compression: undefined, headCache: undefined, log: undefined, origin: undefined }
    const journals = await openUntyped({ ...right(), ...none, payload: undefined, sasl: undefined, tls: undefined })
    await untyped(journals as object, "close")()
  })
})

describe("options that no broker can be started with are refused, and nothing is started in memory instead", () => {
  const wrong: ReadonlyArray<readonly [given: unknown, says: RegExp]> = [
    [
      { dta: "./x" },
      /^The options of a broker have a field "dta", which means nothing here: there are .*, data, .*log\.$/
    ],
    [{ port: 1 }, /^The options of a broker have a field "port", which means nothing here/],
    ["./x", /^The options of a broker are ".\/x", and have to be an object such as \{ data \}, or absent\.$/],
    [null, /^The options of a broker are null, and have to be an object/],
    [{ data: 5 }, /^The broker's option data is 5, and has to be a text: the folder/],
    [{ log: "stderr" }, /^The broker's option log is "stderr", and has to be a function that takes a line of text\.$/]
  ]
  for (const [given, says] of wrong) {
    it(JSON.stringify(given), async () => {
      const started: unknown = untyped(Broker, "start")(given)
      await expect(started).rejects.toMatchObject({
        _tag: "BrokerOptionInvalid",
        message: expect.stringMatching(says)
      })
    })
  }

  it("optional ones that are undefined are not given", async () => {
    const started: unknown = await untyped(Broker, "start")({ data: undefined, log: undefined, dta: undefined })
    await untyped(started as object, "close")()
  })
})

describe("an append of what cannot be appended is refused, and the field named", () => {
  let journals: Journals<unknown>
  beforeAll(async () => {
    journals = await openJournals()
  })
  afterAll(() => journals.close())

  const event = { payload: 1 }
  const wrong: ReadonlyArray<readonly [name: string, given: ReadonlyArray<unknown>, says: RegExp]> = [
    ["nothing", [], /^The events of an append are undefined, and have to be a list of events; nothing was written\.$/],
    ["one event that is in no list", [event], /^The events of an append are an object, and have to be a list/],
    ["no event", [[]], /^An append has at least one event\.$/],
    ["null", [[null]], /^Event 1 of the append is null, and has to be an object such as \{ payload \}; nothing/],
    ["a value that is in no event", [[event, 5]], /^Event 2 of the append is 5, and has to be an object/],
    ["tags that are a text", [[{ tags: "abc" }]], /^`tags` of event 1 of the append is "abc", and has to be a list of/],
    [
      "a tag that is a number",
      [[{ tags: ["a", 5] }]],
      /^`tags\[1\]` of event 1 of the append is 5, and has to be a text;/
    ],
    ["a field that means nothing", [[event, { tgas: [] }]], /^Event 2 of the append has a field "tgas", which means/],
    [
      "metadata of one event",
      [[{ payload: 1, metadata: {} }]],
      /^Event 1 of the append has "metadata", which all events of an append share: give it as append\(events, \{ metadata \}\)/
    ],
    ["options that are a text", [[event], "x"], /^The options of an append are "x", and have to be an object;/],
    ["options that are null", [[event], null], /^The options of an append are null, and have to be an object;/],
    ["an unknown option", [[event], { header: {} }], /^The options of an append have a field "header", which means/],
    [
      "headers that are a text",
      [[event], { headers: "x" }],
      /^`headers` of the append is "x", and has to be an object of/
    ],
    [
      "headers that are a Map",
      [[event], { headers: new Map() }],
      /^`headers` of the append is a Map, and has to be an/
    ],
    [
      "a header that is a number",
      [[event], { headers: { a: 5 } }],
      /^`headers\.a` of the append is 5, and has to be a/
    ],
    [
      "a duration that is a number",
      [[event], { expireAfter: 5 }],
      /^`expireAfter` of the append is 5, and has to be a/
    ],
    ["metadata that JSON cannot say", [[event], { metadata: Number.NaN }], /^`metadata` of the append is NaN, and has/],
    ["a payload that JSON cannot say", [[{ payload: Number.NaN }]], /^The payload of event 1 of the append is no JSON/]
  ]
  for (const [name, given, says] of wrong) {
    it(name, async () => {
      const journal = journals.journal(name)
      await expect(untyped(journal, "append")(...given)).rejects.toEqual(invalid(says))
      expect(await journal.pointer()).toBeUndefined()
    })
  }

  it("events that were read are appended again, wherever they were", async () => {
    await journals.journal("a").append([{ payload: 1, tags: ["x"] }])
    for await (const read of journals.journal("a").read()) await journals.journal("b").append([read])
    expect(await journals.journal("b").pointer()).toBe(1)
  })
})

it("an id that is no text is refused", async () => {
  await using journals = await openJournals()
  const journal = untyped(journals, "journal")
  expect(() => journal(5)).toThrow(invalid(/^The id of a journal is 5, and has to be a text\.$/))
  expect(() => journal()).toThrow(invalid(/^The id of a journal is undefined, and has to be a text\.$/))
})

it("a range that is none is refused, and the field named", async () => {
  await using journals = await openJournals()
  const journal = journals.journal("a")
  const reading = async (range: unknown): Promise<unknown> => {
    const events = untyped(journal, "read")(range) as ReturnType<typeof journal.read>
    return events[Symbol.asyncIterator]().next()
  }
  await expect(reading(5)).rejects.toEqual(invalid(/^The range of a read is 5, and has to be an object such as/))
  await expect(reading(null)).rejects.toEqual(invalid(/^The range of a read is null, and has to be an object/))
  await expect(reading({ form: 1 })).rejects.toEqual(invalid(/^The range of a read has a field "form", which means/))
  await expect(reading({ from: "1" })).rejects.toEqual(invalid(/^`from` of a read is "1", and has to be a number\.$/))
})

it("how to replicate is looked at before anything is replicated", async () => {
  await using journals = await openJournals()
  const replicate = untyped(journals, "replicate")
  await expect(replicate("g")).rejects.toEqual(
    invalid(/^The options of a replicator are "g", and have to be an object/)
  )
  await expect(replicate({ group: 5 })).rejects.toEqual(invalid(/^`group` is 5, and has to be a text/))
  await expect(replicate({ group: "" })).rejects.toEqual(invalid(/^`group` is "", and has to be a text/))
  await expect(replicate({ grup: "g" })).rejects.toEqual(invalid(/^The options of a replicator have a field "grup"/))
})

it("whatever is asked of journals that are closed is refused, because they are closed", async () => {
  const journals = await openJournals()
  const journal = journals.journal("a")
  await journal.append([{ payload: 1 }])
  const read = journal.read()
  const closing = journals.close()
  const closed = invalid(/^The journals of topic "topic-\d+" are closed: open them again\.$/)
  for (const close of [undefined, closing]) {
    await close
    const next = (iterable: AsyncIterable<unknown>) => iterable[Symbol.asyncIterator]().next()
    await expect(journal.append([{ payload: 2 }])).rejects.toEqual(closed)
    await expect(journal.pointer()).rejects.toEqual(closed)
    await expect(journal.delete(1)).rejects.toEqual(closed)
    await expect(journal.purge()).rejects.toEqual(closed)
    await expect(journal.explain()).rejects.toEqual(closed)
    await expect(next(read)).rejects.toEqual(closed)
    await expect(next(journal.follow())).rejects.toEqual(closed)
    await expect(next(journals.ids())).rejects.toEqual(closed)
    await expect(journals.replicate()).rejects.toEqual(closed)
  }
})
