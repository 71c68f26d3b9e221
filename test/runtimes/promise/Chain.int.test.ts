import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { Chain, type ChainNode, KeyValues } from "../../../runtimes/promise/index.ts"

const root = mkdtempSync(join(tmpdir(), "odradek-chain-promise-"))
afterAll(() => rmSync(root, { recursive: true }))

type State = typeof KeyValues.application.initial

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const addressesOf = async (...ids: ReadonlyArray<number>): Promise<Record<number, string>> =>
  Object.fromEntries(await Promise.all(ids.map(async (id) => [id, `127.0.0.1:${await freePort()}`])))

const nodeOf = (id: number, addresses: Record<number, string>): Promise<ChainNode<State>> =>
  Chain.node({
    id,
    clusterId: "shop",
    addresses,
    data: join(root, addresses[id]!.replace(":", "-")),
    application: KeyValues.application,
    settings: { electionMs: 300, spreadMs: 300, heartbeatMs: 50 }
  })

const one = KeyValues.command({ _tag: "Add", key: "n", amount: 1 })
const n = (state: State) => new TextDecoder().decode(KeyValues.get(state, "n")?.value)

describe("a cluster without effects", () => {
  it("agrees on commands, which are read on every node, and its changes are iterated over", async () => {
    const addresses = await addressesOf(1, 2, 3)
    const nodes = await Promise.all([1, 2, 3].map((id) => nodeOf(id, addresses)))
    for await (const { leader } of nodes[0]!.changes()) if (leader > 0) break
    const session = await nodes[0]!.openSession()
    for (let i = 0; i < 3; i++) await session.propose(one)
    for (const node of nodes) expect(await node.read(n)).toBe("3")
    expect(nodes[0]!.readLocal(n)).toBe("3")
    expect(nodes[0]!.status().configuration.members.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(nodes[0]!.describe()).toContain("commit")
    await Promise.all(nodes.map((node) => node.close()))
    await expect(nodes[0]!.propose(one)).rejects.toMatchObject({ _tag: "NodeStopped" })
  })

  it("keeps what it was told in its folder", async () => {
    const addresses = await addressesOf(1)
    const first = await nodeOf(1, addresses)
    await first.propose(one)
    await first.close()
    const again = await nodeOf(1, addresses)
    await again.propose(one)
    expect(await again.read(n)).toBe("2")
    await again.close()
  })

  it.each([
    ["id", { id: undefined }],
    ["addresses", { addresses: undefined }],
    ["addresses", { addresses: { one: "127.0.0.1:0" } }],
    ["application", { application: undefined }],
    ["application", { application: { initial: {} } }],
    ["clusterId", { clusterId: "" }],
    ["clusterId", { clusterId: undefined }],
    ["timeoutMs", { timeoutMs: -1 }],
    ["maxProposal", { maxProposal: 5 }],
    ["electonMs", { settings: { electonMs: 100 } }],
    ["silence", { peers: { silence: 100 } }]
  ])("of a program without types it refuses a wrong %s in a sentence", async (option, wrong) => {
    const right = { id: 1, clusterId: "shop", addresses: { 1: "127.0.0.1:0" }, application: KeyValues.application }
    // What a program without types gives is not known to have any.
    const starting: Promise<unknown> = Reflect.apply(Chain.node, undefined, [{ ...right, ...wrong }])
    await expect(starting).rejects.toMatchObject({
      _tag: "NodeOptionInvalid",
      option,
      message: expect.stringMatching(/^[^\n]+: give [^\n]+\.$/)
    })
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a time limit of %s at once", async (timeoutMs) => {
    await using node = await nodeOf(1, await addressesOf(1))
    const session = await node.openSession()
    const asked = [
      node.propose(one, { timeoutMs }),
      session.propose(one, { timeoutMs }),
      node.openSession({ timeoutMs }),
      node.read(n, { timeoutMs }),
      node.changeMembers([1], { timeoutMs }),
      node.transfer(1, { timeoutMs })
    ]
    const message = `Node 1 has refused it: timeoutMs is ${timeoutMs}: give a number of milliseconds above 0.`
    for (const one of asked) await expect(one).rejects.toMatchObject({ reason: "BadTimeLimit", message })
    await session.propose(one)
  })

  it("rejects with the error itself", async () => {
    const addresses = await addressesOf(1, 2)
    await using node = await nodeOf(1, addresses)
    await expect(node.propose(one, { timeoutMs: 50 })).rejects.toMatchObject({
      _tag: "ProposalRefused",
      reason: "NoLeader"
    })
    await expect(node.place(2, "nowhere")).rejects.toMatchObject({ _tag: "NodeAddressInvalid", node: 2 })
    await expect(nodeOf(3, { ...addresses, 3: "x" })).rejects.toMatchObject({ _tag: "NodeAddressInvalid", node: 3 })
  })
})
