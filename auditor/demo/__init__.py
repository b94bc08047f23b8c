"""A demonstration account that lives in this process: an AWS account to audit without an AWS account."""
