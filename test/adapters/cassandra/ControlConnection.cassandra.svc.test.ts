import { Client } from "cassandra-driver"
import { afterEach, beforeEach, expect, it } from "vitest"
import { closeForgottenNodes, lookForNodesOnce } from "../../../adapters/cassandra/ControlConnection.ts"
import { place } from "./Keyspaces.ts"

type Refresh = {
  _refresh: () => Promise<void>
  _initializeConnection: () => Promise<void>
  _borrowHostConnection: (host: unknown) => unknown
}

let client: Client
let control: Refresh
beforeEach(async () => {
  const { contactPoints = [], credentials, localDataCenter = "" } = place()
  client = new Client({
    contactPoints: [...contactPoints],
    localDataCenter,
    ...(credentials === undefined ? {} : { credentials: { ...credentials } })
  })
  control = Reflect.get(client, "controlConnection") as Refresh
})
afterEach(() => client.shutdown())

/** Two look for another connection, the second in the middle of the first and when the node's connections are gone. */
const lostTwice = async (): Promise<ReadonlyArray<PromiseSettledResult<void>>> => {
  const first = control._refresh()
  await Promise.resolve()
  control._borrowHostConnection = () => {
    throw new Error("no connection to that node is left")
  }
  return Promise.allSettled([first, control._refresh()])
}

it("a driver that looks for its nodes twice at once fails where nobody awaits it", async () => {
  await client.connect()
  expect(await lostTwice()).toContainEqual(
    expect.objectContaining({ status: "rejected", reason: expect.any(TypeError) as TypeError })
  )
})

it("a client that is kept from it finds its nodes, and answers", async () => {
  lookForNodesOnce(client, 1)
  await client.connect()
  expect(await lostTwice()).toEqual([
    { status: "fulfilled", value: undefined },
    { status: "fulfilled", value: undefined }
  ])
  expect(await client.execute("SELECT key FROM system.local")).toMatchObject({ rowLength: 1 })
})

it("a looking that fails nevertheless is logged, and begun again", async () => {
  await client.connect()
  const refresh = control._refresh.bind(control)
  let looks = 0
  const again = new Promise<void>((found) => {
    control._refresh = async () => {
      if (++looks === 1) throw new TypeError("the connection is gone")
      await refresh()
      found()
    }
  })
  const logged = new Promise<ReadonlyArray<unknown>>((heard) => client.once("log", (...said) => heard(said)))
  lookForNodesOnce(client, 1)
  await control._refresh()
  expect(await logged).toEqual(expect.arrayContaining(["error", "TypeError: the connection is gone"]))
  await again
})

/** How many connections are left to the nodes that a client knew first, when it has begun again and is shut down. */
const leftOver = async (): Promise<number> => {
  await client.connect()
  const known = client.hosts.values() as unknown as ReadonlyArray<{ pool: { connections: ReadonlyArray<unknown> } }>
  await control._initializeConnection()
  await client.shutdown()
  return known.reduce((sum, { pool }) => sum + pool.connections.length, 0)
}

it("a driver that begins again keeps its old connections, also when it is shut down", async () => {
  expect(await leftOver()).toBeGreaterThan(0)
})

it("a client that closes the connections of forgotten nodes has none when it is shut down", async () => {
  closeForgottenNodes(client)
  expect(await leftOver()).toBe(0)
})
