"""Whether the service endures: `./dubarr chaos` kills its processes, `./dubarr soak` gives it work for a long time."""
