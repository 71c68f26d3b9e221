import { createServer, type IncomingMessage, type Server } from "node:http"
import * as Schema from "effect/Schema"
import { type Account, Refused } from "./Account.ts"
import type { Bank } from "./Bank.ts"

const Amount = Schema.Int.check(Schema.isGreaterThan(0))

/** What clients may ask of an account. `id` is theirs to choose, and the same when they send a request again. */
const Asked = Schema.Union([
  Schema.TaggedStruct("Open", { id: Schema.String, owner: Schema.String }),
  Schema.TaggedStruct("Deposit", { id: Schema.String, amount: Amount }),
  Schema.TaggedStruct("Withdraw", { id: Schema.String, amount: Amount }),
  Schema.TaggedStruct("Transfer", { id: Schema.String, to: Schema.String, amount: Amount })
])

const decodeAsked = Schema.decodeUnknownPromise(Schema.fromJsonString(Asked))

const maxBytes = 10_000

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) {
    body += String(chunk)
    if (body.length > maxBytes) throw new Refused("The request is too large.")
  }
  return body
}

const shown = ({ balance, owner, underWay, version }: Account) => ({
  owner,
  balance,
  version,
  underWay: [...underWay.values()].map(({ amount, id, to }) => ({ id, to, amount }))
})

const answer = async (bank: Bank, request: IncomingMessage): Promise<readonly [status: number, body: unknown]> => {
  const id = /^\/accounts\/([\w-]+)$/.exec(request.url ?? "")?.[1]
  if (id === undefined) return [404, { error: "Ask for /accounts/ID." }]
  if (request.method === "GET") {
    const account = await bank.account(id)
    return account.owner === undefined ? [404, { error: "The account is not open." }] : [200, shown(account)]
  }
  if (request.method !== "POST") return [405, { error: "GET and POST are for accounts." }]
  const body = await bodyOf(request)
  try {
    const asked = await decodeAsked(body)
    if (asked._tag !== "Transfer") return [200, shown(await bank.execute(id, asked))]
    const { amount, to } = asked
    return [200, { transfer: await bank.transfer({ id: asked.id, from: id, to, amount }) }]
  } catch (error) {
    if (error instanceof Refused) return [409, { error: error.message }]
    if (Schema.isSchemaError(error)) return [400, { error: error.message }]
    throw error
  }
}

/** Serves the bank to programs that speak HTTP: `GET` and `POST /accounts/ID`. */
export const serve = (bank: Bank): Server =>
  createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`)
    }
    answer(bank, request).then(
      ([status, body]) => send(status, body),
      (error: unknown) => {
        if (error instanceof Refused) return send(413, { error: error.message })
        console.error(error)
        // The id makes it safe to send the same once more.
        send(503, { error: "The bank could not tell what became of it: send it again." })
      }
    )
  })
