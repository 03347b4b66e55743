"""What stands behind the Demucs separator: its models, overlapping windows, stems that add up."""
