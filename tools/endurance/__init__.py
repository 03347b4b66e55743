"""Chaos tests (`./dubarr chaos`: kill -9 of the service's processes) and soak tests (`./dubarr soak`: memory growth)."""
