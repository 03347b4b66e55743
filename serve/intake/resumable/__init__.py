"""Resumable uploads on disk: partial films beside their records, safe against kill -9 and shared by several ingress replicas."""
