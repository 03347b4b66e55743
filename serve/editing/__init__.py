"""Lines while they are edited: estimated and made again by the engines of the service, beside the worker's dubs."""
