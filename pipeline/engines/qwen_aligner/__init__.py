"""Parts of the Qwen3 forced aligner: the model, the times of its units as times of words, its languages."""
