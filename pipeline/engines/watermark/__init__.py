"""Audio watermarking of synthesized speech: the protocol, its signal in takes of any rate and length, and AudioSeal."""
