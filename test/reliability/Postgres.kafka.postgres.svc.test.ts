import { postgres } from "./Subject.ts"
import { tellAll } from "./Suite.ts"

tellAll(postgres)
