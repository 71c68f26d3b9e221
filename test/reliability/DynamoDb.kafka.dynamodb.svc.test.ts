import { dynamoDb } from "./Subject.ts"
import { tellAll } from "./Suite.ts"

tellAll(dynamoDb)
