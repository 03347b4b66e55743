"""Flags and names of a dubbed film's tracks: dispositions, what each container keeps of them, and MP4's boxes."""
