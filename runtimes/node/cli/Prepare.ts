import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import type { SettingsOf } from "./CommandSettings.ts"
import { readSettings } from "./ConfigFile.ts"
import { report } from "./Failure.ts"
import { givenFlags } from "./GivenFlags.ts"
import { messages } from "./Messages.ts"
import { defaults } from "./Settings.ts"
import type { Setting, SettingError } from "./Settings.ts"
import { untilSignal } from "./Signals.ts"
import type { Signal } from "./Signals.ts"

/** A command that a signal has ended before it was done. */
export class Stopped extends Data.TaggedError("Stopped")<{ readonly signal: Signal; readonly message: string }> {}

/** Ends a command that has nothing to finish as soon as a signal comes. */
export const stoppable = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E | Stopped, R> =>
  Effect.raceFirst(
    command,
    Effect.flatMap(untilSignal, (signal) => Effect.fail(new Stopped({ signal, message: `Ended by ${signal}.` })))
  )

/** What the parser has found of the flags that every command has. */
export type CommonInput = Partial<Record<Setting, Option.Option<string>>> & {
  readonly config: Option.Option<string>
  readonly json: boolean
  readonly quiet: boolean
}

/** Runs a command with its settings, tells on stderr what it logs and why it failed, and closes what it opened. */
export const prepared = <const List extends ReadonlyArray<Setting>, E>(
  list: List,
  input: CommonInput,
  body: (settings: SettingsOf<List>) => Effect.Effect<void, E, Scope>
): Effect.Effect<void, E | SettingError> =>
  Effect.gen(function* () {
    const flags = givenFlags([...list, "logLevel"], input)
    const config = Option.getOrUndefined(input.config)
    const settings = yield* readSettings<List[number] | "logLevel">([...list, "logLevel"], flags, config)
    const { logLevel = defaults.logLevel } = settings
    yield* Effect.provide(Effect.scoped(body(settings)), messages(logLevel, input.json))
  }).pipe(Effect.tapCause((cause) => Effect.sync(() => report(cause, input.json))))
