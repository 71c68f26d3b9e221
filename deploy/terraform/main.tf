# Replicates journals of odradek from Kafka to a store, with one function and one event source mapping.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  is_msk    = var.cluster_arn != null
  is_in_vpc = length(var.subnet_ids) > 0

  store_secret_arn = try(var.cassandra.secret_arn, var.postgres.secret_arn, null)

  environment = merge(
    {
      ODRADEK_LARGEST_GAP     = tostring(var.largest_gap)
      POWERTOOLS_LOG_LEVEL    = var.log_level
      POWERTOOLS_SERVICE_NAME = var.name
    },
    var.dynamodb == null ? {} : {
      ODRADEK_TABLE = var.dynamodb.table
    },
    var.cassandra == null ? {} : {
      ODRADEK_CONTACT_POINTS = join(",", var.cassandra.contact_points)
      ODRADEK_KEYSPACE       = var.cassandra.keyspace
      ODRADEK_DATACENTER     = var.cassandra.datacenter
      ODRADEK_SECRET         = var.cassandra.secret_arn
    },
    var.postgres == null ? {} : {
      ODRADEK_HOST     = var.postgres.host
      ODRADEK_PORT     = tostring(var.postgres.port)
      ODRADEK_DATABASE = var.postgres.database
      ODRADEK_SCHEMA   = var.postgres.schema
      ODRADEK_SECRET   = var.postgres.secret_arn
      # The authorities of Amazon RDS, which Lambda has, and Node does not trust by itself.
      NODE_EXTRA_CA_CERTS = "/var/runtime/ca-cert.pem"
    }
  )

  # What a mapping of Kafka of one's own needs to reach the brokers.
  access = local.is_msk ? [] : concat(
    [{ type = var.kafka.authentication, uri = var.kafka.secret_arn }],
    [for id in var.subnet_ids : { type = "VPC_SUBNET", uri = "subnet:${id}" }],
    [for id in slice(var.security_group_ids, 0, min(1, length(var.security_group_ids))) : { type = "VPC_SECURITY_GROUP", uri = "security_group:${id}" }]
  )
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention
}

resource "aws_lambda_function" "replicator" {
  function_name                  = var.name
  description                    = "Replicates journals from Kafka to a store."
  filename                       = var.bundle
  source_code_hash               = filebase64sha256(var.bundle)
  handler                        = "index.handler"
  runtime                        = "nodejs24.x"
  architectures                  = ["arm64"]
  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.concurrency
  role                           = aws_iam_role.function.arn

  environment {
    variables = local.environment
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function.name
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = local.is_in_vpc ? [true] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  depends_on = [aws_iam_role_policy.function]
}

# A mapping is a stream unless it is told to be a queue, and the provider has no setting that would say so.
resource "aws_lambda_event_source_mapping" "journals" {
  function_name                      = aws_lambda_function.replicator.arn
  event_source_arn                   = var.cluster_arn
  topics                             = [var.topic]
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batching_window
  function_response_types            = ["ReportBatchItemFailures"]

  # Nothing is given up: what is behind a record that was given up would be refused.
  maximum_retry_attempts         = -1
  maximum_record_age_in_seconds  = -1
  bisect_batch_on_function_error = false

  provisioned_poller_config {
    minimum_pollers   = var.minimum_pollers
    maximum_pollers   = var.maximum_pollers
    poller_group_name = var.poller_group
  }

  metrics_config {
    metrics = ["EventCount", "ErrorCount", "KafkaMetrics"]
  }

  dynamic "amazon_managed_kafka_event_source_config" {
    for_each = local.is_msk ? [true] : []

    content {
      consumer_group_id = var.consumer_group
    }
  }

  dynamic "self_managed_event_source" {
    for_each = local.is_msk ? [] : [true]

    content {
      endpoints = {
        KAFKA_BOOTSTRAP_SERVERS = join(",", var.kafka.bootstrap_servers)
      }
    }
  }

  dynamic "self_managed_kafka_event_source_config" {
    for_each = local.is_msk ? [] : [true]

    content {
      consumer_group_id = var.consumer_group
    }
  }

  dynamic "source_access_configuration" {
    for_each = local.access

    content {
      type = source_access_configuration.value.type
      uri  = source_access_configuration.value.uri
    }
  }
}
