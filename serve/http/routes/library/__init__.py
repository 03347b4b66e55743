"""Routes of the library: browsing its folders, and actions on many tasks."""
