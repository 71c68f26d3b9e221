import { cassandra } from "./Subject.ts"
import { tellAll } from "./Suite.ts"

tellAll(cassandra)
