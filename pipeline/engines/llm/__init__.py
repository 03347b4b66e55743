"""What stands behind the language-model translator: the protocol, prompts, answers and their repair."""
