import { sqlite } from "./Subject.ts"
import { tellAll } from "./Suite.ts"

tellAll(sqlite)
