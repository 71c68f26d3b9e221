variable "name" {
  description = "What the function, its role and its logs are called."
  type        = string
  default     = "odradek-replicator"
}

variable "bundle" {
  description = "The zip file of the function: dist/lambda/dynamodb.zip, cassandra.zip or postgres.zip of the package odradek."
  type        = string
}

variable "topic" {
  description = "The topic of the journals; a mapping has one."
  type        = string
}

variable "consumer_group" {
  description = "A group of Kafka that nobody else is in. What it has committed counts more than where a mapping starts."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster of Amazon MSK, which the function's role speaks to by IAM. Leave it out for Kafka of your own."
  type        = string
  default     = null
}

variable "kafka" {
  description = "Kafka of your own: its brokers as HOST:PORT, the secret with the user, and what the user signs in with."
  type = object({
    bootstrap_servers = list(string)
    secret_arn        = string
    authentication    = optional(string, "SASL_SCRAM_512_AUTH")
  })
  default = null

  validation {
    condition     = (var.kafka == null) != (var.cluster_arn == null)
    error_message = "Name either cluster_arn, for Amazon MSK, or kafka, for Kafka of your own."
  }

  validation {
    condition     = var.kafka == null || contains(["SASL_SCRAM_512_AUTH", "SASL_SCRAM_256_AUTH", "BASIC_AUTH"], try(var.kafka.authentication, ""))
    error_message = "Set authentication to SASL_SCRAM_512_AUTH, SASL_SCRAM_256_AUTH or BASIC_AUTH."
  }
}

variable "dynamodb" {
  description = "A table of DynamoDB in the region of the function."
  type        = object({ table = string })
  default     = null

  validation {
    condition     = length([for store in [var.dynamodb, var.cassandra, var.postgres] : store if store != null]) == 1
    error_message = "Name one store: dynamodb, cassandra or postgres."
  }
}

variable "cassandra" {
  description = "A keyspace of Cassandra, whose tables are there, and the secret with the user."
  type = object({
    contact_points = list(string)
    keyspace       = string
    datacenter     = optional(string, "")
    secret_arn     = string
  })
  default = null
}

variable "postgres" {
  description = "A database of PostgreSQL, and the secret with the user."
  type = object({
    host       = string
    port       = optional(number, 5432)
    database   = string
    schema     = optional(string, "odradek")
    secret_arn = string
  })
  default = null
}

variable "subnet_ids" {
  description = "Subnets from which the store, and Kafka of your own, can be reached; none for DynamoDB over the internet."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "The security groups of the function in these subnets."
  type        = list(string)
  default     = []
}

variable "batch_size" {
  description = "How many records an invocation gets at most, besides 6 MB."
  type        = number
  default     = 1000
}

variable "batching_window" {
  description = "For how many seconds records are collected."
  type        = number
  default     = 1
}

variable "minimum_pollers" {
  description = "How many pollers are kept ready."
  type        = number
  default     = 1
}

variable "maximum_pollers" {
  description = "How many pollers there are at most; more than partitions are of no use."
  type        = number
  default     = 4
}

variable "poller_group" {
  description = "Mappings of one network that name the same group share their pollers' capacity."
  type        = string
  default     = null
}

variable "memory_size" {
  description = "Megabytes of memory; the processor grows with it."
  type        = number
  default     = 512
}

variable "timeout" {
  description = "Seconds that an invocation may take; a mapping of Kafka allows 840."
  type        = number
  default     = 60
}

variable "concurrency" {
  description = "How many invocations may run at once; -1 reserves nothing. With Cassandra 1 keeps two from writing the same records."
  type        = number
  default     = -1
}

variable "largest_gap" {
  description = "How many missing offsets in a row count as empty; 1 for topics that are written to in transactions."
  type        = number
  default     = 0
}

variable "log_level" {
  description = "The least level that is logged: DEBUG, INFO, WARN or ERROR."
  type        = string
  default     = "INFO"
}

variable "log_retention" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365
}
