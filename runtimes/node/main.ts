#!/usr/bin/env node
import { main } from "./cli/Main.ts"

await main(process.argv.slice(2))
