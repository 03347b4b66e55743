"""Parts of the Whisper transcribers: models, forced alignment, guards against hallucinations."""
