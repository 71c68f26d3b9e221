import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { listener } from "./Service.ts"
import { enter, readState } from "./State.ts"
import type { Started } from "./State.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-services-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const started = (port: number): Started<"dynamodb"> => ({
  process: { pid: 1, started: "2 boot" },
  ready: true,
  stopSignal: "SIGTERM",
  version: "2.6.0",
  data: [],
  service: {
    ...listener(port),
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" }
  }
})

describe("the state file", () => {
  it("tells of no server where it is not there", () => {
    expect(readState(join(folder, "none.json"))).toEqual({})
  })

  it("tells of a server as it was entered last, until it is taken out", () => {
    const file = join(folder, "new", "state.json")
    enter(file, "dynamodb", started(1))
    enter(file, "dynamodb", started(2))
    expect(readState(file)).toEqual({ dynamodb: started(2) })
    enter(file, "dynamodb", undefined)
    expect(readState(file)).toEqual({})
  })

  for (const text of ["", "[]", "{", "null", '{"redis":{}}', '{"kafka":null}', '{"kafka":{"process":{"pid":"1"}}}']) {
    it(`is refused with a sentence where it holds ${text || "nothing"}`, () => {
      const file = join(folder, "broken.json")
      writeFileSync(file, text)
      expect(() => readState(file)).toThrow(`${file} cannot be read: end the servers that it speaks of, and delete it.`)
    })
  }
})
