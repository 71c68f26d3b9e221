import * as Option from "effect/Option"
import { expect, it } from "vitest"
import { plainBrokerInput } from "../../../../runtimes/node/cli/BrokerProgram.ts"
import { plainArguments } from "../../../../runtimes/node/cli/PlainArguments.ts"

const read = (...args: ReadonlyArray<string>) => plainArguments(args, ["--data", "--listen"], ["--memory"])

it("flags are read with their texts, after a space or an equals sign, and switches without", () => {
  const plain = read("--data", "./log", "--memory", "--listen=h:1=2")
  expect([...(plain?.texts ?? [])]).toEqual([
    ["--data", "./log"],
    ["--listen", "h:1=2"]
  ])
  expect([...(plain?.switches ?? [])]).toEqual(["--memory"])
  expect(read()).toEqual({ texts: new Map(), switches: new Set() })
})

it.each([
  ["a flag that is not known", ["--help"]],
  ["a word of its own", ["./log"]],
  ["a short flag", ["-h"]],
  ["a flag without its text", ["--data"]],
  ["a text that looks like a flag", ["--data", "--memory"]],
  ["a flag that is given twice", ["--data", "a", "--data", "b"]],
  ["a switch that is given twice", ["--memory", "--memory"]],
  ["a switch with a text", ["--memory=true"]],
  ["the end of flags", ["--", "x"]]
])("%s is left to the whole command line", (_, args) => {
  expect(read(...args)).toBeUndefined()
})

it("a broker's input is what the whole command line would have made of it", () => {
  expect(plainBrokerInput(["--data", "./log", "--fsync-interval", "5", "--json", "--log-level=warn"])).toEqual({
    data: Option.some("./log"),
    fsyncInterval: Option.some("5"),
    logLevel: Option.some("warn"),
    config: Option.none(),
    memory: false,
    json: true,
    quiet: false
  })
  expect(plainBrokerInput(["--config", "o.json"])).toMatchObject({ config: Option.some("o.json") })
  expect(plainBrokerInput(["--store", "memory:"])).toBeUndefined()
})
