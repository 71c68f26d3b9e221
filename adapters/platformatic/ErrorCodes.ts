/** Kafka's error codes in an error of `@platformatic/kafka`, which wraps those of a response. */
export const codesIn = (error: unknown): ReadonlyArray<number> => {
  if (!(error instanceof Error)) return []
  const own = "apiCode" in error && typeof error.apiCode === "number" ? [error.apiCode] : []
  const parts = error instanceof AggregateError ? error.errors : []
  return [...own, ...parts.flatMap(codesIn), ...codesIn(error.cause)]
}

/** Whether a broker did not let the client in. */
export const isUnwelcome = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  return ("code" in error && error.code === "PLT_KFK_AUTHENTICATION") || isUnwelcome(error.cause)
}

/** What an error says, with what caused it. */
export const saidBy = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const parts = error instanceof AggregateError ? error.errors : []
  const causes = [...parts, ...(error.cause === undefined ? [] : [error.cause])].map(saidBy)
  return causes.length === 0 ? error.message : `${error.message} ${causes.join(" ")}`
}
