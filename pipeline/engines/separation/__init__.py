"""Parts of the separators: Demucs models, DeepFilterNet's network and spectra, overlapping windows, stems that add up."""
