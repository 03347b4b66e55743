"""Scripts of dubs in the store: lines that users added, and revisions."""
