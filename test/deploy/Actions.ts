import { readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../house/Command.ts"

const services = ["dynamodb", "ec2", "kafka", "kafka-cluster", "logs", "secretsmanager", "sts", "xray"]

/** The actions of IAM that a text names, in order, each once. */
export const actionsIn = (text: string): ReadonlyArray<string> => {
  const named = text.matchAll(/(?<![\w-])([a-z][a-z0-9-]*):([A-Z][A-Za-z0-9]+)\b/g)
  const actions = [...named].filter(([, service = ""]) => services.includes(service)).map(([action]) => action)
  return [...new Set(actions)].sort()
}

/** The actions that a file of the deployment allows. */
export const actionsOfFile = (path: string): ReadonlyArray<string> =>
  actionsIn(readFileSync(join(projectRoot, "deploy", path), "utf8"))

/** Those of one service. */
export const of = (service: string, actions: ReadonlyArray<string>): ReadonlyArray<string> =>
  actions.filter((action) => action.startsWith(`${service}:`))
