import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { brokerSettings } from "./CommandSettings.ts"
import { plainArguments } from "./PlainArguments.ts"
import { type CommonInput, prepared } from "./Prepare.ts"
import { flagOf } from "./Settings.ts"

/** What was found of the arguments of `odradek broker`. */
export type BrokerInput = CommonInput & { readonly memory: boolean }

/** `odradek broker`, with its arguments read. */
export const brokerProgram = (input: BrokerInput) =>
  prepared(brokerSettings, input, (settings) =>
    Effect.flatMap(
      Effect.promise(() => import("./BrokerCommand.ts")),
      ({ runBroker }) =>
        runBroker(settings, {
          memory: input.memory,
          namesData: input.data !== undefined && Option.isSome(input.data),
          silent: input.json || input.quiet
        })
    )
  )

const texts = [...brokerSettings, "logLevel"] as const
const textFlags = new Map<string, (typeof texts)[number] | "config">([
  ...texts.map((setting) => [flagOf(setting), setting] as const),
  ["--config", "config"]
])
const switches = ["--memory", "--json", "--quiet"]

/**
 * The arguments of `odradek broker` where they are written plainly; `undefined` is for the whole command line to judge.
 *
 * **Details**
 *
 * A broker is small and starts at once, and the parser of the whole command line is neither.
 */
export const plainBrokerInput = (args: ReadonlyArray<string>): BrokerInput | undefined => {
  const plain = plainArguments(args, [...textFlags.keys()], switches)
  if (plain === undefined) return undefined
  const given = [...textFlags].flatMap(([flag, name]) => {
    const text = plain.texts.get(flag)
    return text === undefined ? [] : [[name, Option.some(text)] as const]
  })
  return {
    config: Option.none(),
    ...Object.fromEntries(given),
    memory: plain.switches.has("--memory"),
    json: plain.switches.has("--json"),
    quiet: plain.switches.has("--quiet")
  }
}
