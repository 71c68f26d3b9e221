import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Reader } from "../../../core/bytes/index.ts"
import type { Connection, Network } from "../../../core/ports/index.ts"
import {
  ApiVersions,
  encodeResponse,
  ErrorCode,
  FrameSplitter,
  type Message,
  Metadata,
  SaslAuthenticate,
  SaslHandshake
} from "../../../core/protocol/index.ts"
import { ScramServer } from "./ScramServer.ts"

/** How the broker treats who comes. */
export interface SaslBrokerOptions {
  readonly network: Network
  readonly users: Readonly<Record<string, string>>
  readonly mechanisms: ReadonlyArray<string>
  /** Whether it wants to know who is there at all; it lists SASL nevertheless, as Apache Kafka does. */
  readonly wanted?: boolean
  /** Whether it has heard of SASL. */
  readonly listed?: boolean
  readonly sessionLifetimeMs?: number
  /** Changes what it says by a mechanism. */
  readonly tamper?: (said: string) => string
}

const spoken = new Map<number, Message>(
  [ApiVersions, Metadata, SaslHandshake, SaslAuthenticate].map((message) => [message.apiKey, message])
)

/** What one connection has come to. */
interface Session {
  mechanism: string | undefined
  scram: ScramServer | undefined
  isKnown: boolean
}

/** A broker without topics, which lets only those in that it knows, and writes down what it was asked. */
export class SaslBroker {
  /** The names of the requests, with the number of the connection before each. */
  readonly asked: Array<string> = []
  connections = 0
  readonly #options: SaslBrokerOptions

  constructor(options: SaslBrokerOptions) {
    this.#options = options
  }

  /** Listens until the scope is closed. */
  get listen() {
    const { network } = this.#options
    return network.listen({ host: "127.0.0.1", port: 0 }, (connection) => Effect.ignore(this.#serve(connection)))
  }

  #serve = Effect.fnUntraced({ self: this }, function* (connection: Connection) {
    const number = ++this.connections
    const splitter = new FrameSplitter()
    const session: Session = { mechanism: undefined, scram: undefined, isKnown: this.#options.wanted === false }
    while (true) {
      const chunk = yield* connection.read
      if (chunk === undefined) return
      for (const frame of splitter.push(chunk).frames) {
        const reader = new Reader(frame)
        const [apiKey, asked, correlationId] = [reader.int16(), reader.int16(), reader.int32()]
        const message = spoken.get(apiKey)
        if (message === undefined) return
        reader.skip(reader.int16())
        if (asked >= message.flexibleSince) reader.unsignedVarint()
        this.asked.push(`${number} ${message.name}`)
        const body = this.#answer(session, message, message.requestCodec(asked).decode(reader))
        if (body === undefined) return
        const response = encodeResponse(message, { apiVersion: asked, correlationId }, body)
        yield* connection.write([Result.getOrThrow(response)])
      }
    }
  })

  #answer(session: Session, message: Message, body: unknown): object | undefined {
    const { listed = true, mechanisms } = this.#options
    if (message === ApiVersions) {
      const apis = [...spoken.values()].filter((each) => listed || each === ApiVersions || each === Metadata)
      const apiKeys = apis.map(({ advertised, apiKey }) => ({
        apiKey,
        minVersion: advertised.min,
        maxVersion: advertised.max
      }))
      return { errorCode: 0, apiKeys }
    }
    if (message === SaslHandshake) {
      const { mechanism } = body as (typeof SaslHandshake)["request"]["Type"]
      if (this.#options.wanted === false) return { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] }
      if (!mechanisms.includes(mechanism)) return { errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM, mechanisms }
      session.mechanism = mechanism
      return { errorCode: 0, mechanisms }
    }
    if (message === SaslAuthenticate) {
      const { authBytes } = body as (typeof SaslAuthenticate)["request"]["Type"]
      return this.#judge(session, Buffer.from(authBytes).toString())
    }
    return session.isKnown ? { brokers: [], controllerId: -1, topics: [] } : undefined
  }

  #judge(session: Session, text: string): object {
    const { sessionLifetimeMs = 0, tamper = (said) => said, users } = this.#options
    const said = (answer: string | undefined) =>
      answer === undefined
        ? { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: `no: ${text}`, authBytes: new Uint8Array(0) }
        : { errorCode: 0, authBytes: Buffer.from(tamper(answer)), sessionLifetimeMs }
    if (session.mechanism === "PLAIN") {
      const [, user = "", password] = text.split("\0")
      session.isKnown = users[user] === password
      return said(session.isKnown ? "" : undefined)
    }
    if (session.scram === undefined) {
      const hash = session.mechanism === "SCRAM-SHA-256" ? "sha256" : "sha512"
      session.scram = new ScramServer({ hash, users })
      return said(session.scram.challenge(text))
    }
    const verdict = session.scram.verdict(text)
    session.isKnown = verdict !== undefined
    return said(verdict)
  }
}
