"""Parts of the XTTS synthesizer: the model, text it can read, guards against babble."""
