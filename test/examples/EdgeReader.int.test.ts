import "../adapters/dynamodb/NodeConditions.ts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bundleWorker } from "../../examples/edge-reader/bundle.ts"
import { type Local, startLocal } from "../../examples/edge-reader/Local.ts"
import { promised, told } from "./Program.ts"

const patience = { timeout: 120_000, interval: 50 }

describe("the reader at the edge of the examples", { timeout: 300_000 }, () => {
  let script: string
  let local: Local

  /** Asks until the worker has come to a place in the log. */
  const askFor = async (id: string, place: { readonly partition: number; readonly offset: number } | undefined) => {
    const path = `/journals/${encodeURIComponent(id)}?at-least=${place?.partition}:${place?.offset}`
    await expect.poll(async () => (await local.ask(path)).status, patience).not.toBe(503)
    return local.ask(path)
  }

  beforeAll(async () => {
    script = await bundleWorker(["odradek-source"])
    local = await startLocal(script)
    await local.journals.replicate()
  }, 120_000)

  afterAll(() => local.close())

  it("tells by its one command what its page promises", async () => {
    expect(await told("edge-reader")).toBe(promised("edge-reader"))
  })

  it("is a small module that asks nothing of Node", () => {
    expect(script).not.toMatch(/(from|import\(|require\()\s*"node:|process\.env/)
    expect(script.length).toBeLessThan(120_000)
  })

  it("reads what was replicated, through a delete and a purge", async () => {
    const id = "a cart/with ö"
    const cart = local.journals.journal(id)
    const first = await cart.append([{ payload: { article: "spool" } }, { payload: "thread" }])
    const whole = await askFor(id, first)
    expect(whole.headers.get("consistency")).toBe("eventual")
    expect(whole.headers.get("content-type")).toBe("application/json")
    const document = (await whole.json()) as { readonly replicatedTo: { readonly offset: number } }
    expect(document).toMatchObject({
      consistency: "eventual",
      state: { seqNr: 2, deleteTo: 0 },
      events: [
        { seqNr: 1, payload: { article: "spool" } },
        { seqNr: 2, payload: "thread" }
      ]
    })
    expect(document.replicatedTo.offset).toBeGreaterThanOrEqual(first.offset)
    const rest = await askFor(id, await cart.delete(1))
    expect(await rest.json()).toMatchObject({ state: { seqNr: 2, deleteTo: 1 }, events: [{ seqNr: 2 }] })
    const gone = await askFor(id, await cart.purge())
    expect(gone.status).toBe(404)
    expect(await gone.json()).toMatchObject({ kind: "NoJournal", status: 404 })
  })

  it("gives a long journal as lines, a part of it too, to many who ask at once", async () => {
    const cart = local.journals.journal("long")
    let last: { readonly partition: number; readonly offset: number } | undefined
    const numbers = Array.from({ length: 600 }, (_, at) => at + 1)
    for (const at of [0, 300]) {
      const [one, ...others] = numbers.slice(at, at + 300).map((payload) => ({ payload }))
      if (one !== undefined) last = await cart.append([one, ...others])
    }
    await askFor("long", last)
    const ask = async (path: string): Promise<ReadonlyArray<number>> => {
      const response = await local.ask(path, { accept: "application/x-ndjson" })
      expect(response.headers.get("content-type")).toBe("application/x-ndjson")
      const lines = (await response.text()).trimEnd().split("\n")
      return lines.map((line) => (JSON.parse(line) as { readonly seqNr: number }).seqNr)
    }
    expect(await ask("/journals/long")).toEqual(numbers)
    const parts = await Promise.all([1, 2, 3, 4, 5].map((from) => ask(`/journals/long?from=${from}&to=5`)))
    expect(parts).toEqual([1, 2, 3, 4, 5].map((from) => numbers.slice(from - 1, 5)))
  })

  it("says what is behind, and what makes no sense, as problems", async () => {
    const problemAt = async (path: string) => {
      const response = await local.ask(path)
      expect(response.headers.get("content-type")).toBe("application/problem+json")
      const { kind, status } = (await response.json()) as { readonly kind: string; readonly status: number }
      expect(status).toBe(response.status)
      return [status, kind, response.headers.get("retry-after")]
    }
    expect(await problemAt("/journals/any?at-least=0:4000000")).toEqual([503, "Behind", "1"])
    expect(await problemAt("/journals/any?at-least=nothing")).toEqual([400, "Invalid", null])
    expect(await problemAt("/journals/any?from=0")).toEqual([400, "Invalid", null])
    expect(await problemAt("/journals/none")).toEqual([404, "NoJournal", null])
    expect(await problemAt("/carts")).toEqual([404, "NoPath", null])
    expect(await problemAt("/journals/%ff")).toEqual([404, "NoPath", null])
  })

  it("says what is wrong with its settings", async () => {
    const wrong = await startLocal(script, { TABLE: "none" })
    const response = await wrong.ask("/journals/any")
    expect([response.status, response.headers.get("content-type")]).toEqual([502, "application/problem+json"])
    expect(await response.text()).toContain("DynamoDB table none")
    await wrong.close()
    const unset = await startLocal(script, { AWS_SECRET_ACCESS_KEY: "" })
    const refused = await unset.ask("/journals/any")
    expect(refused.status).toBe(500)
    expect(await refused.text()).toContain("secretAccessKey")
    await unset.close()
  })
})
