"""Routes of takes and estimates."""
