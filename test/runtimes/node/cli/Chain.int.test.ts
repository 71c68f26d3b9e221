import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { Authority } from "../../../adapters/tcp/Certificates.ts"
import { odradek, serve, type Server, temporaryFolder } from "./Odradek.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** A node in a process of its own, and where it is asked. */
interface Node {
  readonly server: Server
  readonly url: string
}

const startNode = async (id: number, peers: string, more: ReadonlyArray<string> = []): Promise<Node> => {
  const data = join(folder.path, `${peers.replaceAll(/\W/g, "-")}-${id}`)
  const args = ["--id", `${id}`, "--peers", peers, "--data", data, "--http", "127.0.0.1:0"]
  const server = await serve(["chain", ...args, ...more])
  return { server, url: server.ready.split(" ").at(-1) ?? "" }
}

const peersOf = async (...ids: ReadonlyArray<number>): Promise<string> =>
  (await Promise.all(ids.map(async (id) => `${id}=127.0.0.1:${await freePort()}`))).join()

interface Answered {
  readonly status: number
  readonly said: { readonly value?: unknown }
}

/** Asks until the answer is no 503 and no 504, which may pass. */
const ask = async (url: string, path: string, init?: RequestInit): Promise<Answered> => {
  const response = await fetch(`${url}${path}`, init)
  const said: unknown = await response.json()
  if (response.status === 503 || response.status === 504) return ask(url, path, init)
  return { status: response.status, said: typeof said === "object" && said !== null ? said : {} }
}

const add = (url: string, amount: number) =>
  ask(url, "/counters/n?timeoutMs=1000", { method: "POST", body: JSON.stringify({ add: amount }) })

// Six processes start one after the other, which takes a busy machine its time.
it("three processes keep a counter, and what was acknowledged outlives a kill of each of them", async () => {
  const peers = await peersOf(1, 2, 3)
  const nodes = await Promise.all([1, 2, 3].map((id) => startNode(id, peers)))
  for (let i = 0; i < 3; i++)
    expect((await ask(nodes[i]!.url, "/keys/k", { method: "PUT", body: `v${i}` })).status).toBe(200)
  for (let i = 0; i < 3; i++) {
    const { said } = await add(nodes[i]!.url, 1)
    await nodes[i]!.server.stop("SIGKILL")
    const read = await ask(nodes[(i + 1) % 3]!.url, "/keys/n")
    expect(read.said).toMatchObject({ value: `${said.value}` })
    nodes[i] = await startNode(i + 1, peers)
  }
  expect((await ask(nodes[0]!.url, "/keys/k")).said).toMatchObject({ value: "v2" })
  for (const { server } of nodes) expect((await server.stop()).code).toBe(0)
})

it("says what it is on stdout, as text and as JSON, and SIGTERM ends it with 0", async () => {
  const peers = await peersOf(1)
  const node = await startNode(1, peers)
  expect(node.server.ready).toBe(`ready ${peers.slice(2)} ${node.url}`)
  await add(node.url, 1)
  const text = await node.server.stop()
  expect([text.code, text.stderr]).toEqual([0, ""])
  expect(text.stdout).toMatch(/\nleader, term 1, leader 1, members 1\n$/)
  const { server } = await startNode(1, peers, ["--json"])
  expect(JSON.parse(server.ready)).toMatchObject({ type: "ready", id: 1, address: peers.slice(2) })
  const lines = text.stdout.trim().split("\n")
  expect(lines.filter((line, at) => line === lines[at - 1])).toEqual([])
  const { stdout } = await server.stop("SIGINT")
  for (const line of stdout.trim().split("\n").slice(1)) expect(JSON.parse(line)).toMatchObject({ type: "status" })
})

it("a node joins a cluster that is there, and another leaves it", async () => {
  const peers = await peersOf(1, 2)
  const [one] = peers.split(",")
  const first = await startNode(1, one!)
  await add(first.url, 5)
  const second = await startNode(2, peers, ["--join"])
  const addresses = { 2: peers.split("2=")[1] }
  const change = (members: ReadonlyArray<number>) =>
    ask(first.url, "/members", { method: "POST", body: JSON.stringify({ members, addresses }) })
  expect((await change([1, 2])).status).toBe(200)
  expect((await ask(second.url, "/keys/n")).said).toMatchObject({ value: "5" })
  expect((await change([1])).status).toBe(200)
  await second.server.stop()
  expect((await add(first.url, 1)).said).toMatchObject({ value: 6 })
  await first.server.stop()
})

it("a node that has lost its folder ends with 1, and says once what to do", async () => {
  const peers = await peersOf(1, 2)
  const [one] = peers.split(",")
  const first = await startNode(1, one!)
  const joining = ["chain", "--id", "2", "--peers", peers, "--memory", "--join"]
  const second = await serve(joining)
  const members = JSON.stringify({ members: [1, { id: 2, role: "Learner" }], addresses: { 2: peers.split("2=")[1] } })
  expect((await ask(first.url, "/members", { method: "POST", body: members })).status).toBe(200)
  // What node 2 acknowledges counts from the moment on at which the cluster knows its incarnation.
  const status = async () => (await ask(first.url, "/status", { headers: { accept: "application/json" } })).said
  const enrolled = [expect.anything(), { id: 2, incarnation: expect.toSatisfy((known) => known > 0) }]
  await expect.poll(status).toMatchObject({ configuration: { members: enrolled } })
  await second.stop("SIGKILL")
  const ended = await odradek(joining)
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/^Node 2 has stopped: it has lost what it acknowledged, [^\n]*new id[^\n]*\n$/)
  await first.server.stop()
})

it("a folder of another node is refused with 1, and a port that is taken too", async () => {
  const peers = await peersOf(1, 2)
  const { server } = await startNode(1, peers)
  const data = join(folder.path, `${peers.replaceAll(/\W/g, "-")}-1`)
  const inUse = await odradek(["chain", "--id", "1", "--peers", peers, "--data", data])
  expect(inUse).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^The folder is in use [^\n]+\.\n$/) })
  await server.stop()
  const other = await odradek(["chain", "--id", "2", "--peers", peers, "--data", data])
  const why =
    "it belongs to node 1 and not to node 2: choose the folder of this node, or an empty one where the node is new"
  expect(other).toEqual({ code: 1, stdout: "", stderr: `The folder ${data} is not opened, since ${why}.\n` })
})

const wrongTls = ["certificate", "key", "authority"].flatMap((name) => [`--tls-${name}`, import.meta.filename])

it.each([
  ["no id", ["--peers", "1=a:1", "--memory"], "--id N"],
  ["no peers", ["--id", "1", "--memory"], "--peers"],
  ["peers of another form", ["--id", "1", "--peers", "a:1", "--memory"], "1=HOST:PORT"],
  ["a node twice", ["--id", "1", "--peers", "1=a:1,1=b:1", "--memory"], "each node once"],
  ["no address of its own", ["--id", "2", "--peers", "1=a:1", "--memory"], "Node 2 is not in --peers: add 2="],
  ["nowhere to keep anything", ["--id", "1", "--peers", "1=a:1"], "--data DIR"],
  ["a folder and memory", ["--id", "1", "--peers", "1=a:1", "--memory", "--data", "x"], "--data DIR"],
  [
    "no certificate",
    ["--id", "1", "--peers", "1=a:1", "--memory", ...wrongTls],
    "of --tls-authority is no certificate"
  ],
  ["half of TLS", ["--id", "1", "--peers", "1=a:1", "--memory", "--tls-key", "x"], "three files"]
])("with %s it ends with 2 and says what to give", async (_, args, hint) => {
  const ended = await odradek(["chain", ...args])
  expect(ended).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(hint) })
})

it("nodes show each other their certificates, where they have any", async () => {
  const authority = new Authority()
  const write = (name: string, text: string): string => {
    const path = join(folder.path, name)
    writeFileSync(path, text)
    return path
  }
  const { ca, certificate, key } = authority.sign()
  authority.remove()
  const files = {
    "--tls-certificate": write("node.crt", certificate),
    "--tls-key": write("node.key", key),
    "--tls-authority": write("ca.crt", ca)
  }
  const peers = await peersOf(1, 2)
  const nodes = await Promise.all([1, 2].map((id) => startNode(id, peers, Object.entries(files).flat())))
  expect((await add(nodes[0]!.url, 1)).said).toMatchObject({ value: 1 })
  for (const { server } of nodes) await server.stop()
})
