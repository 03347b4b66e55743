"""Cache of the stages' answers: the key of a question, and the JSON of its answer."""
