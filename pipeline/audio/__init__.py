"""Signal processing on samples: loudness, ducking, limiting, pitch, formants."""
