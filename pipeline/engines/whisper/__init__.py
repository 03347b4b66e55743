"""What stands behind the WhisperX transcriber: models, alignment, guards against what it makes up."""
