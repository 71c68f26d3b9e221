import { describe, expect, it } from "vitest"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { BrokerBench } from "../BrokerBench.ts"

const topic = 2
const broker = 4

const withTopic = (configs: Readonly<Record<string, string>> = {}): BrokerBench => {
  const bench = new BrokerBench()
  bench.createTopic("t", 1, configs)
  return bench
}

const ask = (
  bench: BrokerBench,
  resourceType: number,
  resourceName: string,
  options: { readonly keys?: ReadonlyArray<string> | null; readonly version?: number; readonly synonyms?: boolean } = {}
) => {
  const { keys = null, synonyms = false, version = 4 } = options
  const resources = [{ resourceType, resourceName, configurationKeys: keys }]
  return bench.ask("DescribeConfigs", version, { resources, includeSynonyms: synonyms }).results[0]
}

const configOf = (result: ReturnType<typeof ask>, name: string) =>
  result?.configs.find((config) => config.name === name)

describe("DescribeConfigs of a topic", () => {
  it("gives every setting a value that is not null, with its source and type", () => {
    const result = ask(withTopic({ "cleanup.policy": "compact" }), topic, "t")
    expect(result).toMatchObject({ errorCode: 0, resourceType: topic, resourceName: "t" })
    expect(configOf(result, "cleanup.policy")).toMatchObject({ value: "compact", configSource: 1, configType: 7 })
    expect(configOf(result, "segment.ms")).toMatchObject({ value: "604800000", configSource: 5, configType: 5 })
    expect(configOf(result, "preallocate")).toMatchObject({ value: "false", configType: 1 })
    for (const { isSensitive, readOnly, value } of result?.configs ?? []) {
      expect([typeof value, isSensitive, readOnly]).toEqual(["string", false, false])
    }
  })

  it("says in version 0 which values are defaults", () => {
    const result = ask(withTopic({ "retention.ms": "5" }), topic, "t", { version: 0 })
    expect(configOf(result, "retention.ms")).toMatchObject({ value: "5", isDefault: false })
    expect(configOf(result, "retention.bytes")).toMatchObject({ value: "-1", isDefault: true })
  })

  it("gives only the settings that are asked for, and all of them when none is named", () => {
    const bench = withTopic()
    expect(ask(bench, topic, "t", { keys: ["retention.ms", "no.such"] })?.configs.map(({ name }) => name)).toEqual([
      "retention.ms"
    ])
    expect(ask(bench, topic, "t", { keys: [] })?.configs).toEqual(ask(bench, topic, "t")?.configs)
  })

  it("gives the topic's own value before the broker's default among the synonyms, and none unless it is asked", () => {
    const bench = withTopic({ "retention.ms": "5" })
    const synonymsOf = (name: string, synonyms: boolean) =>
      configOf(ask(bench, topic, "t", { synonyms }), name)?.synonyms
    expect(synonymsOf("retention.ms", true)).toEqual([
      { name: "retention.ms", value: "5", source: 1 },
      { name: "log.retention.ms", value: "-1", source: 5 }
    ])
    expect(synonymsOf("retention.bytes", true)).toEqual([{ name: "log.retention.bytes", value: "-1", source: 5 }])
    expect(synonymsOf("retention.ms", false)).toEqual([])
  })

  it("is the same after a restart", () => {
    const bench = withTopic({ "max.message.bytes": "100" })
    const again = new BrokerBench({ disk: bench.disk })
    expect(ask(again, topic, "t")).toEqual(ask(bench, topic, "t"))
  })

  it("answers a resource that is named twice once, so that no answer is larger than all that there is", () => {
    const resource = { resourceType: topic, resourceName: "t" }
    const { results } = withTopic().ask("DescribeConfigs", 2, { resources: [resource, resource] })
    expect(results).toHaveLength(1)
  })
})

describe("DescribeConfigs of a broker", () => {
  it("gives its settings, read-only, by the broker's id", () => {
    const result = ask(new BrokerBench({ config: { defaultPartitions: 4 } }), broker, "1")
    expect(configOf(result, "num.partitions")).toMatchObject({ value: "4", configSource: 4, readOnly: true })
    expect(configOf(result, "log.roll.ms")).toMatchObject({ value: "604800000", configSource: 5 })
  })

  it("gives no dynamic defaults, since there are none", () => {
    expect(ask(new BrokerBench(), broker, "")).toMatchObject({ errorCode: 0, configs: [] })
  })
})

describe("DescribeConfigs of what is not there", () => {
  const refusals: ReadonlyArray<readonly [what: string, type: number, name: string, code: keyof typeof ErrorCode]> = [
    ["an unknown topic", topic, "missing", "UNKNOWN_TOPIC_OR_PARTITION"],
    ["a bad topic name", topic, "a b", "INVALID_TOPIC_EXCEPTION"],
    ["another broker", broker, "9", "INVALID_REQUEST"],
    ["a broker that is no number", broker, "one", "INVALID_REQUEST"],
    ["an unknown kind of resource", 77, "t", "INVALID_REQUEST"]
  ]
  for (const [what, type, name, code] of refusals) {
    it(`answers ${what} with ${code}, and no settings`, () => {
      expect(ask(withTopic(), type, name)).toMatchObject({
        errorCode: ErrorCode[code],
        errorMessage: expect.stringMatching(/\.$/) as string,
        resourceType: type,
        resourceName: name,
        configs: []
      })
    })
  }
})
