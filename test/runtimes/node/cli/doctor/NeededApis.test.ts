import { expect, it } from "vitest"
import { neededApis } from "../../../../../runtimes/node/cli/doctor/NeededApis.ts"
import type { LogClient } from "../../../../../runtimes/node/index.ts"

const appendsOf = (client: LogClient): ReadonlyArray<string> =>
  neededApis(client).flatMap(({ name, purpose, range }) =>
    purpose === "appends" ? [`${name} ${range.min} to ${range.max}`] : []
  )

it("what is needed to append is what the library speaks that is named", () => {
  expect(appendsOf("kafkajs")).toEqual(["Produce 3 to 7", "Metadata 0 to 6", "InitProducerId 0 to 1"])
  expect(appendsOf("platformatic")).toEqual(["Produce 3 to 11", "InitProducerId 0 to 5"])
})

it("what is needed to read is the same for every library", () => {
  const reads = (client: LogClient) => neededApis(client).filter(({ purpose }) => purpose === "reads")
  expect(reads("platformatic")).toEqual(reads("kafkajs"))
  expect(reads("kafkajs").map(({ name }) => name)).toEqual(["ApiVersions", "Metadata", "ListOffsets", "Fetch"])
})
