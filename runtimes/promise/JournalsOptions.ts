import type { BrokerTls, SaslMechanism } from "../../core/client/index.ts"
import type { PayloadCodec } from "../../core/journal/index.ts"
import type { CompressionCodec } from "../../core/log/index.ts"
import type { LogClient } from "../node/index.ts"
import type { Log } from "./Runtime.ts"

/**
 * Which journals to open.
 *
 * **Details**
 *
 * `brokers` are `host:port` addresses of Apache Kafka or of the embedded broker, `topic` the one that holds the journals,
 * and `store` where they are replicated to, such as `sqlite:journal.db`. `origin` is written into every record and says
 * who wrote it. `client` is the library that writes (`kafkajs`); `platformatic` is faster, and needs the package
 * `@platformatic/kafka`. `compression` is how records are compressed (`none`); records are read in whatever compression they
 * have.
 * `tls` encrypts connections to the brokers, with `true` by the authorities that Node trusts, and `sasl` says to them who
 * is asking. `log` takes messages for people.
 *
 * With `headCache` (the default) each partition that a journal was read of is followed in the background, until nobody has
 * asked for ten minutes: a read then costs its mark and a look at the store, and no reading of the log where nothing of the
 * journal is in the log alone. Without it each read goes through the log from where the store ends: right for a program
 * that reads once and ends.
 */
export interface JournalsOptions<A> {
  readonly brokers: ReadonlyArray<string>
  readonly topic: string
  readonly store: string
  /** How payloads are carried: plain JSON by default. */
  readonly payload?: PayloadCodec<A>
  readonly origin?: string
  readonly client?: LogClient
  readonly compression?: CompressionCodec
  readonly tls?: BrokerTls | true
  readonly sasl?: Credentials
  readonly headCache?: boolean
  readonly log?: Log
}

/** Who the application says it is to the brokers, by SASL. */
export interface Credentials {
  readonly mechanism: SaslMechanism
  readonly username: string
  readonly password: string
}

/** How to replicate: with a `group`, whose other members take a part of the topic each, wherever they run. */
export interface ReplicateOptions {
  readonly group?: string
}
