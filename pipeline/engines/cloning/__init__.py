"""Parts of every synthesizer that clones: reference clips, text parts, repair of speech defects, guards against faulty takes."""
