"""What stands behind the XTTS synthesizer: the model, text it can read, guards against babble."""
