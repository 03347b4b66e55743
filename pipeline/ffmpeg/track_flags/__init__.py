"""Dispositions (track flags) of a dubbed film: what its tracks get, and what each container keeps."""
