"""Transcriber over HTTP: any server of OpenAI's transcription endpoint, its requests and the words in its answers."""
