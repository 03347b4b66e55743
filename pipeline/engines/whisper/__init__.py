"""Parts of the Whisper transcribers: models, forced alignment, hallucination filter."""
