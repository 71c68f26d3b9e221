import { Broker as EffectBroker } from "../node/index.ts"
import type { BrokerOptions } from "../node/index.ts"
import { open } from "./Runtime.ts"
import type { Log, Opened } from "./Runtime.ts"

/** The embedded Kafka-compatible broker, without effects. */
export class Broker {
  /** Where clients find it, as `host:port`. */
  readonly address: string
  readonly #opened: Opened<unknown>

  private constructor(opened: Opened<{ readonly address: string }>) {
    this.address = opened.value.address
    this.#opened = opened
  }

  /** Starts a broker: on a free port and in memory unless the options say otherwise. */
  static async start(options: BrokerOptions & { readonly log?: Log } = {}): Promise<Broker> {
    const { log, ...rest } = options
    return new Broker(await open(EffectBroker.start(rest), log))
  }

  /** Ends it: what was acknowledged is on disk, where it has a folder. */
  close(): Promise<void> {
    return this.#opened.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
