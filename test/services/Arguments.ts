import { WrongUse } from "../kills/Arguments.ts"
import { isServiceName, serviceNames } from "./Service.ts"
import type { ServiceName } from "./Service.ts"

/** What the launcher is asked to do, with which servers. */
export interface Order {
  readonly verb: "start" | "stop" | "restart" | "status"
  readonly names: ReadonlyArray<ServiceName>
}

/**
 * Reads what is to be done. No name stands for all servers, or, where they are started again, for those that were started;
 * one that is given twice counts once.
 */
export const readOrder = (args: ReadonlyArray<string>, started: ReadonlyArray<ServiceName>): Order => {
  const [verb, ...given] = args
  if (verb !== "start" && verb !== "stop" && verb !== "restart" && verb !== "status") {
    throw new WrongUse(`${verb === undefined ? "Nothing" : verb} is asked for: give start, stop, restart or status.`)
  }
  const names = [...new Set(given)].map((name) => {
    if (isServiceName(name)) return name
    throw new WrongUse(`${name} is no server: give ${serviceNames.join(", ")}.`)
  })
  const all = verb === "restart" && started.length > 0 ? started : serviceNames
  return { verb, names: names.length === 0 ? all : names }
}
