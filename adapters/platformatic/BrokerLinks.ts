import { isIP } from "node:net"
import type { Connection, ConnectionOptions } from "@platformatic/kafka"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type ProducerSettings, tlsOptions } from "../../core/append/index.ts"
import { addressName, type SaslMechanism } from "../../core/client/index.ts"
import type { Address } from "../../core/ports/index.ts"
import { ErrorCode } from "../../core/protocol/index.ts"
import { type AppendApis, appendApis } from "./AppendApis.ts"
import { codesIn } from "./ErrorCodes.ts"
import type { Platformatic } from "./PlatformaticModule.ts"
import { onlyRealFrames } from "./RealFrames.ts"

/** A connection to a broker on which it has said which versions it has. */
export interface BrokerLink extends AppendApis {
  readonly connection: Connection
}

/** How connections are made, and how long they and their answers may take. */
export type LinkSettings = Pick<ProducerSettings, "clientId" | "tls" | "sasl" | "connectTimeoutMs" | "requestTimeoutMs">

type Use = (link: Result.Result<BrokerLink, Error>) => void

/** How many requests may be on their way on one connection: each is for another partition, and the broker keeps their order. */
const maxInflights = 64

const closeTimeoutMs = 2000

const mechanisms: Readonly<Record<SaslMechanism, "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512">> = {
  plain: "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512"
}

const never = (): void => undefined

const isUnsupported = (error: Error): boolean => codesIn(error).includes(ErrorCode.UNSUPPORTED_VERSION)

/**
 * One connection of `@platformatic/kafka` to each broker, opened when it is first asked for, and anew when it has broken.
 *
 * **Details**
 *
 * The library's client is not used, only its connections and requests, so that nothing is repeated, looked up or
 * remembered behind our back. Its client takes a record for a partition that it has not heard of yet and writes it to
 * another (`partition % count`); it answers a lost sequence by a new producer id and the same records again, which are then
 * there twice if the first were written; and it counts retries, but has no deadline.
 *
 * A connection on which a session begins anew (KIP-368) is waited for: the broker takes nothing else until that is done.
 */
export class BrokerLinks {
  readonly #library: Platformatic
  readonly #settings: LinkSettings
  readonly #links = new Map<string, BrokerLink>()
  readonly #opening = new Map<string, Array<Use>>()
  readonly #connections = new Set<Connection>()
  #closed = false

  constructor(library: Platformatic, settings: LinkSettings) {
    this.#library = library
    this.#settings = settings
  }

  /** Gives the link to a broker: at once, if there is one. */
  get(address: Address, use: Use): void {
    const name = addressName(address)
    const link = this.#links.get(name)
    if (link !== undefined && link.connection.isConnected()) return use(Result.succeed(link))
    const waiting = this.#opening.get(name)
    if (waiting !== undefined) {
      waiting.push(use)
      return
    }
    const uses = [use]
    this.#opening.set(name, uses)
    let ended = false
    const given: Use = (opened) => {
      if (ended) return
      ended = true
      this.#opening.delete(name)
      if (Result.isSuccess(opened)) this.#links.set(name, opened.success)
      for (const each of uses) each(opened)
    }
    if (link?.connection.status !== "reauthenticating") return this.#open(address, given)
    link.connection.ready((error) => (error ? this.#open(address, given) : given(Result.succeed(link))))
  }

  /** Closes all connections: in good order where they do so soon. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#connections].map((connection) => this.#end(connection)))
  }

  #end(connection: Connection): Promise<void> {
    return new Promise((done) => {
      const cut = setTimeout(() => {
        connection.socket?.destroy()
        done()
      }, closeTimeoutMs)
      connection.close(() => {
        clearTimeout(cut)
        done()
      })
    })
  }

  #optionsFor(host: string): ConnectionOptions {
    const { connectTimeoutMs, requestTimeoutMs, sasl, tls } = this.#settings
    return {
      connectTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxInflights,
      ...(tls === undefined ? {} : { tls: tlsOptions(tls), tlsServerName: isIP(host) === 0 }),
      ...(sasl === undefined
        ? {}
        : {
            sasl: {
              mechanism: mechanisms[sasl.mechanism],
              username: sasl.username,
              password: Redacted.value(sasl.password)
            }
          })
    }
  }

  #open({ host, port }: Address, use: Use): void {
    if (this.#closed) return use(Result.fail(new Error("the producer is closed")))
    const connection = new this.#library.Connection(this.#settings.clientId, this.#optionsFor(host))
    this.#connections.add(connection)
    // After an error it is of no use. One that nobody listens to would end the process.
    connection.on("error", () => connection.socket?.destroy())
    connection.once("close", () => {
      this.#connections.delete(connection)
      // The library ends the timer of the session only where it is told to close.
      connection.close(never)
    })
    const failed = (error: Error): void => {
      this.#connections.delete(connection)
      connection.socket?.destroy()
      use(Result.fail(error))
    }
    const connected = (error?: Error | null): void => {
      if (error) return failed(error)
      this.#agree(connection, (apis) => {
        if (Result.isFailure(apis)) return failed(apis.failure)
        use(Result.succeed({ connection, ...apis.success }))
      })
    }
    try {
      void connection.connect(host, port, connected)
      // Before anything comes: a broker is first asked to let us in.
      onlyRealFrames(connection.socket)
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Asks for the versions of a broker; one that does not know the newest way to ask is asked in an older one. */
  #agree(connection: Connection, use: (apis: Result.Result<AppendApis, Error>) => void): void {
    const { apiVersionsV1, apiVersionsV3 } = this.#library
    const heard = (error: Error | null, listed: Parameters<typeof appendApis>[1]): void => {
      if (error !== null) return use(Result.fail(error))
      const apis = appendApis(this.#library, listed)
      use(
        apis === undefined
          ? Result.fail(new Error("the broker lacks the versions to append with"))
          : Result.succeed(apis)
      )
    }
    apiVersionsV3.api(connection, "odradek", "1", (error, response) => {
      if (error === null || !isUnsupported(error)) return heard(error, response?.apiKeys ?? [])
      apiVersionsV1.api(connection, "odradek", "1", (older, answer) => heard(older, answer?.apiKeys ?? []))
    })
  }
}
