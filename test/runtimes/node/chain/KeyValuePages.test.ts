import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeMemoryDisk, MemoryNetwork } from "../../../../adapters/memory/index.ts"
import { Chain, KeyValues } from "../../../../core/chain/index.ts"
import type { PageRequest } from "../../../../runtimes/node/chain/Page.ts"
import { keyValuePages } from "../../../../runtimes/node/chain/KeyValuePages.ts"

const json = { "content-type": "application/json" }

/** A node that is asked as over HTTP; alone it leads at once, with others it never does. */
const asked = Effect.fnUntraced(function* (others: ReadonlyArray<number> = []) {
  const node = yield* Chain.node({
    id: 1,
    clusterId: "test",
    members: [1, ...others].map((id) => ({ id, role: "Voter", priority: 0, incarnation: 0 })),
    listen: { host: "memory", port: 1 },
    addresses: new Map(others.map((id) => [id, { host: "nowhere", port: 9 }])),
    disk: makeMemoryDisk(),
    network: MemoryNetwork.make(),
    application: KeyValues.application,
    entropy: [1, 2, 3],
    // Long enough for nothing to be proposed a second time, which would take a position of its own.
    settings: { electionMs: 300, spreadMs: 1, heartbeatMs: 50 }
  })
  const pages = keyValuePages(node)
  return Effect.fnUntraced(function* (line: string, body: string | object = "", headers: PageRequest["headers"] = {}) {
    const [method = "", target = ""] = line.split(" ")
    const { pathname: path, searchParams: query } = new URL(target, "http://here")
    const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))
    const page = yield* pages({ method, path, query, headers, body: bytes })
    const text = typeof page.body === "string" ? page.body : new TextDecoder().decode(page.body)
    const isJson = page.headers["content-type"] === "application/json"
    return { status: page.status, headers: page.headers, said: isJson ? JSON.parse(text) : text }
  })
})

/** What is answered to these turns; the chain's first command opens a session. */
const conversation = (
  name: string,
  turns: ReadonlyArray<
    readonly [line: string, body: string | object, headers: PageRequest["headers"], status: number, said: unknown]
  >
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const ask = yield* asked()
      for (const [line, body, headers, status, said] of turns) {
        const page = yield* ask(line, body, headers)
        expect([line, page.status, page.said]).toEqual([line, status, said])
      }
    })
  )

const message = expect.stringMatching(/^[A-Z"].*\.$/)

describe("a store of keys over HTTP", () => {
  conversation("keeps, tells and removes values", [
    ["PUT /keys/a", "hello", {}, 200, { key: "a", version: 2, position: 1 }],
    ["GET /keys/a", "", {}, 200, { key: "a", value: "hello", version: 2 }],
    ["GET /keys/a?local=true", "", {}, 200, { key: "a", value: "hello", version: 2 }],
    ["GET /keys/a", "", { accept: "application/octet-stream" }, 200, "hello"],
    ["PUT /keys/%C3%BC%2Fx", { value: "ä" }, json, 200, { key: "ü/x", version: 3, position: 2 }],
    ["GET /keys/%C3%BC%2Fx", "", {}, 200, { key: "ü/x", value: "ä", version: 3 }],
    [
      "GET /keys",
      "",
      {},
      200,
      {
        keys: [
          { key: "a", version: 2 },
          { key: "ü/x", version: 3 }
        ],
        count: 2
      }
    ],
    ["DELETE /keys/a", "", {}, 200, { key: "a", version: 0, position: 3 }],
    ["GET /keys/a", "", {}, 404, { error: "NoKey", key: "a", message }]
  ])

  conversation("changes a value only in the version that was seen, if one is named", [
    ["PUT /keys/a", "x", { "if-none-match": "*" }, 200, { key: "a", version: 2, position: 1 }],
    ["PUT /keys/a", "y", { "if-none-match": "*" }, 412, { error: "OtherVersion", key: "a", version: 2, message }],
    ["PUT /keys/a", "y", { "if-match": '"2"' }, 200, { key: "a", version: 4, position: 3 }],
    ["PUT /keys/a", { value: "z", expected: 2 }, json, 412, { error: "OtherVersion", key: "a", version: 4, message }],
    ["DELETE /keys/a", "", { "if-match": '"2"' }, 412, { error: "OtherVersion", key: "a", version: 4, message }]
  ])

  conversation("counts", [
    ["POST /counters/n", { add: 5 }, {}, 200, { key: "n", value: 5, version: 2, position: 1 }],
    ["POST /counters/n", { add: -7 }, {}, 200, { key: "n", value: -2, version: 3, position: 2 }],
    ["PUT /keys/t", "text", {}, 200, { key: "t", version: 4, position: 3 }],
    ["POST /counters/t", { add: 1 }, {}, 409, { error: "NoNumber", message }]
  ])

  const bad = { error: "BadRequest", message }
  conversation("says what is wrong with a request, in a sentence", [
    ["PUT /keys/a", "x", {}, 200, { key: "a", version: 2, position: 1 }],
    ["POST /counters/n", "", {}, 400, bad],
    ["POST /counters/n", { add: 1.5 }, {}, 400, bad],
    ["PUT /keys/a", "no json", json, 400, bad],
    ["PUT /keys/a", { value: 1 }, json, 400, bad],
    ["PUT /keys/a", "x", { "if-match": "W/x" }, 400, bad],
    ["PUT /keys/a", "x", { "if-none-match": '"1"' }, 400, bad],
    ["GET /keys/%FF", "", {}, 400, bad],
    ["GET /keys/a?timeoutMs=-1", "", {}, 400, bad],
    ["POST /members", { members: [] }, {}, 400, bad],
    ["POST /members", { members: [{ id: 1, role: "King" }] }, {}, 400, bad],
    ["POST /members", { members: [1], addresses: { x: "a:1" } }, {}, 400, bad],
    ["POST /members", { members: [1], addresses: { 2: "a" } }, {}, 400, { error: "NodeAddressInvalid", message }],
    ["POST /transfer", { to: 0 }, {}, 400, bad],
    ["POST /keys/a", "", {}, 405, { error: "NoMethod", message }],
    ["GET /nowhere", "", {}, 404, { error: "NoPage", message }],
    [
      "POST /members",
      { members: [1, { id: 2, role: "Witness" }] },
      {},
      409,
      expect.objectContaining({ reason: "BadChange" })
    ]
  ])

  it.live("draws the node as text, and as JSON for programs", () =>
    Effect.gen(function* () {
      const ask = yield* asked()
      yield* ask("PUT /keys/a", "x")
      expect((yield* ask("GET /status")).said).toContain("node 1 Leader")
      const { said } = yield* ask("GET /status", "", { accept: "application/json" })
      expect(said).toMatchObject({ id: 1, role: "Leader", applied: 2, peers: [] })
      expect((yield* ask("POST /snapshot")).status).toBe(202)
    })
  )

  it.live("answers 503 while no majority is there, and still reads what the node has", () =>
    Effect.gen(function* () {
      const ask = yield* asked([2, 3])
      for (const [line, body] of [["PUT /keys/a?timeoutMs=30", "x"], ["GET /keys/a?timeoutMs=30"]] as const) {
        const { said, status } = yield* ask(line, body)
        expect([status, said]).toMatchObject([503, { error: "ProposalRefused", reason: "NoLeader", leader: 0 }])
      }
      expect((yield* ask("GET /keys/a?local=true")).status).toBe(404)
    })
  )

  it.live("shows the blocks of the node, and its links to others", () =>
    Effect.gen(function* () {
      const ask = yield* asked([2])
      expect((yield* ask("GET /status")).said).toMatch(/\ngenesis after 0 commands[^\n]*\nlink to 2 at nowhere:9: \S/)
    })
  )
})
