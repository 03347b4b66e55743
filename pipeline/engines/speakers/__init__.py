"""Telling voices apart: embeddings, clusters, windows of long films, speakers described."""
