"""The page of one film: tabs for the dub, its voices, its quality report and its history."""
