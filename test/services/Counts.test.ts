import { describe, expect, it } from "vitest"
import { countLines, serversOf } from "./Counts.ts"

describe("serversOf", () => {
  it("finds the servers in a file's name, and nowhere else in its path", () => {
    expect(serversOf("test/postgres/Store.cassandra.kafka.svc.test.ts")).toEqual(["cassandra", "kafka"])
    expect(serversOf("test/kafka/kcat.svc.test.ts")).toEqual([])
  })
})

describe("countLines", () => {
  it("counts a file for each server that it needs, and one that needs none as own", () => {
    const files = [
      { path: "a/Kills.svc.test.ts", passed: 1, failed: 0, skipped: 0 },
      { path: "a/Journal.kafka.cassandra.svc.test.ts", passed: 2, failed: 1, skipped: 0 },
      { path: "a/Log.kafka.svc.test.ts", passed: 4, failed: 0, skipped: 3 }
    ]
    expect(countLines(files)).toEqual([
      "kafka: 6 passed, 1 failed, 3 skipped",
      "cassandra: 2 passed, 1 failed",
      "own: 1 passed, 0 failed"
    ])
  })
})
