import { join } from "node:path"
import { projectRoot } from "../house/Command.ts"

/** The folder that holds everything of the servers, under one that no check looks at. */
export const servicesFolder = join(projectRoot, ".data", "services")

/** The file that says which servers run. */
export const stateFile = join(servicesFolder, "state.json")

/** The folder of one server, or of what they share. */
export const folderOf = (name: string): string => join(servicesFolder, name)

/** What a server has printed since it was started. */
export const logOf = (name: string): string => join(servicesFolder, name, "server.log")
