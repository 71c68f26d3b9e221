data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

locals {
  # The parts of the cluster's ARN that its topics and groups share: its name and its id.
  cluster  = local.is_msk ? join("/", slice(split("/", var.cluster_arn), 1, 3)) : ""
  of_kafka = "arn:${data.aws_partition.current.partition}:kafka:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }

  statement {
    sid       = "Traces"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.dynamodb == null ? [] : [var.dynamodb.table]

    content {
      sid       = "Table"
      actions   = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
      resources = ["arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:table/${statement.value}"]
    }
  }

  dynamic "statement" {
    for_each = local.store_secret_arn == null ? [] : [local.store_secret_arn]

    content {
      sid       = "StoreSecret"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = local.is_msk ? [var.cluster_arn] : []

    content {
      sid = "Cluster"
      actions = [
        "kafka:DescribeCluster",
        "kafka:DescribeClusterV2",
        "kafka:GetBootstrapBrokers",
        "kafka-cluster:Connect",
        "kafka-cluster:DescribeClusterDynamicConfiguration"
      ]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = local.is_msk ? [local.cluster] : []

    content {
      sid       = "Topics"
      actions   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
      resources = ["${local.of_kafka}:topic/${statement.value}/${var.topic}"]
    }
  }

  dynamic "statement" {
    for_each = local.is_msk ? [local.cluster] : []

    content {
      sid       = "Group"
      actions   = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]
      resources = ["${local.of_kafka}:group/${statement.value}/${var.consumer_group}"]
    }
  }

  dynamic "statement" {
    for_each = local.is_msk ? [] : [var.kafka.secret_arn]

    content {
      sid       = "KafkaSecret"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = local.is_msk || local.is_in_vpc ? [true] : []

    # These actions know no resources that could be named beforehand.
    content {
      sid = "Network"
      actions = [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs"
      ]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "replicator"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}
