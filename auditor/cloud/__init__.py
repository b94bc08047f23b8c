"""All that knows boto3 sessions: credentials, assumed roles, partitions and regions."""
