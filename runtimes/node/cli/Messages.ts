import * as Cause from "effect/Cause"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { statusLine } from "./Progress.ts"
import type { Settings } from "./Settings.ts"

type Level = NonNullable<Settings["logLevel"]>

const levels = { debug: "Debug", info: "Info", warn: "Warn", error: "Error", none: "None" } as const

const textOf = (message: unknown): string => {
  const parts = Array.isArray(message) ? message : [message]
  return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" ")
}

/** One message as one line: the time, the level and the text; as JSON for programs. */
export const messageLine = (date: Date, level: string, text: string, json: boolean): string => {
  const [time, line] = [date.toISOString(), text.replace(/\s*\n\s*/g, "; ")]
  return json ? JSON.stringify({ time, level, message: line }) : `${time} ${level.toUpperCase()} ${line}`
}

/** Sends what is logged to stderr, from a level on. */
export const messages = (level: Level, json: boolean): Layer.Layer<never> => {
  const logger = Logger.make(({ cause, date, logLevel, message }) => {
    const text = cause.reasons.length === 0 ? textOf(message) : `${textOf(message)} ${Cause.pretty(cause)}`
    statusLine.hide()
    process.stderr.write(`${messageLine(date, logLevel, text, json)}\n`)
  })
  return Layer.merge(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, levels[level]))
}
