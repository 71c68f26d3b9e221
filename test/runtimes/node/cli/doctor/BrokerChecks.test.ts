import { expect, it } from "vitest"
import {
  brokerChecks,
  clusterChecks,
  type NeededApi,
  versionsCheck
} from "../../../../../runtimes/node/cli/doctor/BrokerChecks.ts"

const failure = "Cannot connect to b:9092: nobody listens there: check the address, and that the other side runs."

it("a broker that answers is told with its address and how long it took", () => {
  expect(brokerChecks([{ address: "a:9092", ms: 12 }])).toMatchObject([
    { name: "broker", subject: "a:9092", status: "ok", message: "a:9092 answers after 12 ms" }
  ])
})

it("where no broker answers, each of them has failed, with why and how to start one", () => {
  expect(brokerChecks([{ address: "b:9092", failure, isThere: false }])).toEqual([
    {
      name: "broker",
      subject: "b:9092",
      status: "failed",
      message: "Cannot connect to b:9092: nobody listens there",
      advice: "start one with `odradek broker`, or name another with --brokers"
    }
  ])
})

it("a broker that wants something else has failed with what to do about that, also beside one that answers", () => {
  const wants = "The broker at b:9092 has ended the connection with an alert of TLS: encrypt it."
  const found = { address: "b:9092", failure: wants, isThere: true }
  expect(brokerChecks([found, { address: "a:9092", ms: 1 }])[0]).toMatchObject({
    status: "failed",
    advice: "encrypt it"
  })
})

it("a broker that does not answer beside one that does is a warning", () => {
  const checks = brokerChecks([
    { address: "b:9092", failure, isThere: false },
    { address: "a:9092", ms: 1 }
  ])
  expect(checks.map(({ status }) => status)).toEqual(["warning", "ok"])
})

const needed: ReadonlyArray<NeededApi> = [
  { name: "Fetch", apiKey: 1, range: { min: 4, max: 12 }, purpose: "reads" },
  { name: "Produce", apiKey: 0, range: { min: 3, max: 7 }, purpose: "appends" }
]

it("a broker that has a version of every API that is needed is well, also where the ranges only touch", () => {
  const listed = new Map([
    [0, { min: 7, max: 11 }],
    [1, { min: 0, max: 4 }]
  ])
  expect(versionsCheck("a:9092", listed, needed)).toMatchObject({
    status: "ok",
    message: "the broker speaks all of Fetch, Produce"
  })
})

it("an API that the broker lacks, or has in other versions, is named with both ranges and what it is for", () => {
  const check = versionsCheck("a:9092", new Map([[0, { min: 8, max: 11 }]]), needed)
  expect(check.status).toBe("failed")
  expect(check.message).toBe(
    "no common version of Fetch 4 to 12 for reads (the broker has none); Produce 3 to 7 for appends (the broker has 8 to 11)"
  )
  expect(check.advice).toContain("at a port for clients, which a controller's is not")
})

it("a cluster is told with its id and its brokers", () => {
  const one = { nodeId: 1, address: "a:9092", failure: undefined }
  expect(clusterChecks("c1", [one]).map(({ message, status }) => [status, message])).toEqual([
    ["ok", "cluster c1 has 1 broker"],
    ["ok", "the broker is reached at the address that clients are sent to"]
  ])
  expect(clusterChecks(undefined, [one, { ...one, nodeId: 2 }])[0]?.message).toBe("cluster without an id has 2 brokers")
})

it("a broker that is not reached at the address it advertises has failed, and what to correct is said", () => {
  const lost = { nodeId: 2, address: "b:9092", failure }
  expect(clusterChecks("c1", [{ nodeId: 1, address: "a:9092", failure: undefined }, lost])[1]).toMatchObject({
    name: "advertised",
    subject: "b:9092",
    status: "failed",
    message:
      "broker 2 is not reached at b:9092, where it sends its clients (Cannot connect to b:9092: nobody listens there)",
    advice: expect.stringContaining("advertised.listeners")
  })
})
