import "../adapters/dynamodb/NodeConditions.ts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type * as Api from "../../examples/orders/api.ts"
import { type Local, startLocal } from "../../examples/orders/Local.ts"
import { invokeWith } from "../../examples/orders/Mapping.ts"
import type { Command } from "../../examples/orders/Order.ts"
import { Orders } from "../../examples/orders/Orders.ts"
import type * as Replicator from "../../examples/orders/replicator.ts"
import { run } from "../house/Command.ts"
import { promised, start, told } from "./Program.ts"

const place: Command = { _tag: "Placed", customer: "Josef", items: [{ article: "spool", count: 2 }] }

describe("the orders of the examples", { timeout: 180_000 }, () => {
  let local: Local
  let api: typeof Api
  let replicator: typeof Replicator

  const ask = async (method: string, path: string, body?: string): Promise<readonly [number, unknown]> => {
    const request = { requestContext: { http: { method, path } } }
    const response = await api.handler(body === undefined ? request : { ...request, body })
    return [response.statusCode, JSON.parse(response.body)]
  }
  const post = (id: string, command: Command) => ask("POST", `/orders/${id}`, JSON.stringify(command))

  beforeAll(async () => {
    local = await startLocal()
    api = await import("../../examples/orders/api.ts")
    replicator = await import("../../examples/orders/replicator.ts")
  })

  afterAll(async () => {
    await api.close()
    await replicator.handler.close()
    await local.close()
  })

  it("tell by their one command what their page promises", async () => {
    expect(await told("orders")).toBe(promised("orders"))
  })

  it("are replicated by the command that they print where they go on running", async () => {
    const running = start("examples/orders/main.ts", ["--serve", "0"])
    try {
      const [, origin = "", command = ""] = await running.says(/(http:\S+)ID; .*\nnpx odradek (lambda .*)\n/)
      const response = await fetch(`${origin}7`, { method: "POST", body: JSON.stringify(place) })
      expect(response.status).toBe(200)
      const odradek = ["--conditions=odradek-source", "runtimes/node/main.ts"]
      const ended = await run("node", [...odradek, ...command.split(" "), "--until-end"])
      expect(ended, ended.stderr).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/\b[1-9]\d* records handled and 0 given up in /)
      })
      expect(await (await fetch(`${origin}7`)).json()).toEqual(await response.json())
      await running.end("SIGINT")
      expect(running.child.exitCode).toBe(0)
    } finally {
      await running.end("SIGKILL")
    }
  })

  it("answer requests that make no sense with what is wrong", async () => {
    expect((await ask("GET", "/elsewhere"))[0]).toBe(404)
    expect((await ask("GET", "/orders/none"))[0]).toBe(404)
    expect((await ask("PATCH", "/orders/none"))[0]).toBe(405)
    expect((await ask("POST", "/orders/none", "{"))[0]).toBe(400)
    expect((await ask("POST", "/orders/none", `{"_tag":"Lost"}`))[0]).toBe(400)
    expect(await post("none", { _tag: "Paid", payment: "p" })).toEqual([409, { error: "The order is not placed." }])
    const body = Buffer.from(JSON.stringify(place)).toString("base64")
    const request = { requestContext: { http: { method: "POST", path: "/orders/base64" } }, body }
    expect((await api.handler({ ...request, isBase64Encoded: true })).statusCode).toBe(200)
  })

  it("ship or cancel where several functions are asked for both at once, and never do both", async () => {
    const others = await Promise.all([Orders.open(local), Orders.open(local)])
    for (let at = 0; at < 5; at++) {
      const id = `race-${at}`
      await post(id, place)
      await post(id, { _tag: "Paid", payment: "p" })
      const [ship, cancel] = await Promise.allSettled([
        others[0]?.execute(id, { _tag: "Shipped", parcel: "x" }),
        others[1]?.execute(id, { _tag: "Cancelled", why: "late" })
      ])
      const { events, version } = await others[0].order(id)
      expect(version).toBe(3)
      expect([ship.status === "fulfilled", cancel.status === "fulfilled"]).toEqual([
        events.Shipped !== undefined,
        events.Cancelled !== undefined
      ])
      expect(events.Shipped === undefined).toBe(events.Cancelled !== undefined)
    }
    for (const each of others) await each.close()
  })

  it("are read the same before they are in DynamoDB and after, when nothing is left to the log", async () => {
    const orders = await Orders.open(local)
    await post("both", place)
    await post("both", { _tag: "Paid", payment: "p" })
    const before = await ask("GET", "/orders/both")
    const sourcesOf = async () => (await orders.explain("both")).events.map(({ source }) => source)
    expect(await sourcesOf()).toEqual(["log", "log"])
    const done = await invokeWith(local.brokers, "orders", 0, replicator.handler)
    expect(await sourcesOf()).toEqual(["store", "store"])
    expect(await ask("GET", "/orders/both")).toEqual(before)
    expect(await invokeWith(local.brokers, "orders", 0, replicator.handler)).toBeGreaterThanOrEqual(done)
    expect(await ask("GET", "/orders/both")).toEqual(before)
    await orders.close()
  })
})
