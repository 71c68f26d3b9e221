import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { buildBundle } from "../../../deploy/bundle/BuildBundle.ts"
import { bundles } from "../../../deploy/bundle/Bundles.ts"
import { projectRoot } from "../../house/Command.ts"
import { unzip } from "./Invoke.ts"

/** A bundle that is built and unpacked where it finds the packages that Lambda has, and how its folder is removed. */
export const unpacked = async (name: string): Promise<{ readonly folder: string; readonly remove: () => void }> => {
  const bundle = bundles.find((each) => each.name === name)
  if (bundle === undefined) throw new Error(`There is no bundle ${name}.`)
  const data = join(projectRoot, ".data")
  mkdirSync(data, { recursive: true })
  const scratch = mkdtempSync(join(data, "bundle-"))
  const { zip } = await buildBundle(bundle, projectRoot, join(scratch, "work"), scratch)
  const folder = join(scratch, "unpacked")
  unzip(zip, folder)
  return { folder, remove: () => rmSync(scratch, { recursive: true, force: true }) }
}
