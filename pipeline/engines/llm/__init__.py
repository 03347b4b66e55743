"""Parts of the language-model translator: OpenAI protocol, prompts, parsing of answers, validation of translations."""
