import * as Option from "effect/Option"
import type { Setting } from "./Settings.ts"

/** What was given with a command's setting flags. */
export const givenFlags = (
  list: ReadonlyArray<Setting>,
  input: Partial<Record<Setting, Option.Option<string>>>
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(list.map((setting) => [setting, Option.getOrUndefined(input[setting] ?? Option.none())]))
