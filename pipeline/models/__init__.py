"""Model weights of the engines: catalogue, download, assembly and verification."""
