"""Parts of the XTTS synthesizer: the model, text normalization, sampling, and repair of speech defects."""
