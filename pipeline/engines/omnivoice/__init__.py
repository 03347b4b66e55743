"""Parts of the OmniVoice synthesizer: the model, its generation options, voices of its own, languages."""
