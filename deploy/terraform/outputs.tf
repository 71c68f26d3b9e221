output "function_arn" {
  description = "The function."
  value       = aws_lambda_function.replicator.arn
}

output "mapping_uuid" {
  description = "The event source mapping."
  value       = aws_lambda_event_source_mapping.journals.uuid
}

output "role_arn" {
  description = "The role of the function, such as for the policy of a key that encrypts a secret."
  value       = aws_iam_role.function.arn
}
