import { setTimeout } from "node:timers/promises"
import { bundleWorker } from "./bundle.ts"
import { startLocal } from "./Local.ts"

const conditions = process.execArgv.flatMap((arg) => (arg.startsWith("--conditions=") ? [arg.slice(13)] : []))
const local = await startLocal(await bundleWorker(conditions))

/** Asks until the worker has come so far, or for a minute. */
const askUntil = async (path: string): Promise<Response> => {
  for (const end = Date.now() + 60_000; ; await setTimeout(100)) {
    const response = await local.ask(path)
    if (response.status !== 503 || Date.now() > end) return response
  }
}

const show = async (path: string, response: Response): Promise<void> => {
  const { kind, state, events } = JSON.parse(await response.text()) as {
    readonly kind?: string
    readonly state?: { readonly seqNr: number; readonly deleteTo: number }
    readonly events?: ReadonlyArray<{ readonly payload: unknown }>
  }
  const said = kind ?? `${state?.seqNr} appended, ${events?.map(({ payload }) => JSON.stringify(payload)).join(", ")}`
  const [of] = path.split("?")
  console.log(`GET ${of}: ${response.status} ${said} (${response.headers.get("consistency") ?? "no answer yet"})`)
}

const cart = local.journals.journal("cart-1")
const { offset, partition } = await cart.append([{ payload: "spool" }, { payload: "thread" }])
const path = `/journals/cart-1?at-least=${partition}:${offset}`

// Opening the replicator's store makes the table, and the first of its writes the journal.
const replicator = await local.journals.replicate()
await show(path, await askUntil(path))

const deleted = await cart.delete(1)
const later = `/journals/cart-1?at-least=${partition}:${deleted?.offset}`
await show(later, await askUntil(later))

const purged = await cart.purge()
const last = `/journals/cart-1?at-least=${partition}:${purged.offset}`
await show(last, await askUntil(last))

await replicator.close()
const more = await local.journals.journal("cart-2").append([{ payload: "scissors" }])
const ahead = `/journals/cart-2?at-least=${more.partition}:${more.offset}`
await show(ahead, await local.ask(ahead))
await local.close()
