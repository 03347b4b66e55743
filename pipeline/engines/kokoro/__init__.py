"""Parts of the synthesizer Kokoro."""
