"""Synthesizer over HTTP: any server of OpenAI's speech endpoint, its voices, its requests and the audio of its answers."""
