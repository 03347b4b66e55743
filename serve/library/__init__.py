"""The library: its films from folders, Radarr and Sonarr, scanned for the languages that they lack."""
