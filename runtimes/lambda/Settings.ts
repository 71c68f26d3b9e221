/**
 * How a function calls itself in logs and metrics.
 *
 * **Details**
 *
 * They come from the variables that Powertools for AWS Lambda reads: `POWERTOOLS_SERVICE_NAME` (`replicator`),
 * `POWERTOOLS_METRICS_NAMESPACE` (`odradek`), `POWERTOOLS_LOG_LEVEL`, else `AWS_LAMBDA_LOG_LEVEL` (`INFO`), and
 * `POWERTOOLS_METRICS_DISABLED`.
 */
export interface Settings {
  readonly service: string
  readonly namespace: string
  readonly level: LogLevel
  readonly metrics: boolean
}

/** Levels of logs, as Powertools calls them; `SILENT` is none. */
export type LogLevel = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "CRITICAL" | "SILENT"

const levels: ReadonlyArray<LogLevel> = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "SILENT"]

/** Whether a message of a level is written where that one is the least. */
export const isLogged = (level: LogLevel, least: LogLevel): boolean => levels.indexOf(level) >= levels.indexOf(least)

type Environment = Readonly<Record<string, string | undefined>>

const levelOf = (env: Environment): LogLevel => {
  const text = (env["POWERTOOLS_LOG_LEVEL"] ?? env["AWS_LAMBDA_LOG_LEVEL"] ?? "").toUpperCase()
  if (text === "FATAL") return "CRITICAL"
  return levels.find((level) => level === text) ?? "INFO"
}

const isYes = (text: string | undefined): boolean => /^(1|y|yes|t|true|on)$/i.test(text ?? "")

/** Reads the settings from the environment. */
export const settingsOf = (env: Environment): Settings => ({
  service: env["POWERTOOLS_SERVICE_NAME"] ?? "replicator",
  namespace: env["POWERTOOLS_METRICS_NAMESPACE"] ?? "odradek",
  level: levelOf(env),
  metrics: !isYes(env["POWERTOOLS_METRICS_DISABLED"])
})
