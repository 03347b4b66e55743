"""Warm-up of a worker: imports the modules that stages need later, while the worker waits for its first task."""

from importlib import import_module

# Imported by the stages at their first use otherwise, most of a second each.
WARM_UP_MODULES = (
    "cattrs.preconf.json",
    "langcodes",
    "language_data",
    "soundfile",
    "soxr",
    "scipy.signal",
    "pysubs2",
    "onnxruntime",
)


def import_warm_up_modules() -> None:
    """Import the modules that the stages need."""
    for module in WARM_UP_MODULES:
        import_module(module)
