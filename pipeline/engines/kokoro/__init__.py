"""Parts of the synthesizer Kokoro: phonemes, ONNX graphs, duration control, voices and their casting."""
