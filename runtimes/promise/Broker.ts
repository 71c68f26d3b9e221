import { Given } from "../../core/bytes/index.ts"
import { BrokerOptionInvalid, Broker as EffectBroker } from "../node/index.ts"
import type { BrokerOptions as EffectBrokerOptions } from "../node/index.ts"
import { open } from "./Runtime.ts"
import type { Log, Opened } from "./Runtime.ts"

/** How a broker is started, and where its messages go. */
type BrokerOptions = EffectBrokerOptions & { readonly log?: Log }

const optionNames = Object.keys({
  listen: true,
  advertise: true,
  data: true,
  fsync: true,
  fsyncIntervalMs: true,
  defaultPartitions: true,
  autoCreateTopics: true,
  groupInitialRebalanceDelayMs: true,
  groupMinSessionTimeoutMs: true,
  nodeId: true,
  recovering: true,
  log: true
} satisfies Record<keyof BrokerOptions, true>)

/** What the broker itself cannot tell of: it knows nothing of `log`. */
const wrongOptions = (given: Readonly<Record<string, unknown>>): BrokerOptionInvalid | undefined => {
  const unknown = Given.unknownField(given, optionNames)
  if (unknown !== undefined) {
    const message = `The options of a broker have ${Given.meansNothing(unknown, optionNames)}.`
    return new BrokerOptionInvalid({ option: unknown, message })
  }
  const { log } = given
  if (log === undefined || typeof log === "function") return undefined
  const message = `${Given.wrongOne("The broker's option log", log, "a function that takes a line of text")}.`
  return new BrokerOptionInvalid({ option: "log", message })
}

/** The embedded Kafka-compatible broker, without effects. */
export class Broker {
  /** Where clients find it, as `host:port`. */
  readonly address: string
  readonly #opened: Opened<unknown>

  private constructor(opened: Opened<{ readonly address: string }>) {
    this.address = opened.value.address
    this.#opened = opened
  }

  /**
   * Starts a broker: on a free port and in memory unless the options say otherwise. It rejects with `BrokerOptionInvalid`
   * where an option means nothing, or cannot be what it is.
   */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const given: unknown = options
    if (!Given.hasFields(given)) return new Broker(await open(EffectBroker.start(options)))
    const wrong = wrongOptions(given)
    if (wrong !== undefined) throw wrong
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
