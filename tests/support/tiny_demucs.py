"""A demucs model in a directory: the real hybrid transformer with few channels and random weights."""

from fractions import Fraction
from pathlib import Path

SOURCES = ["drums", "bass", "other", "vocals"]
SIGNATURE = "7f1e2d3c"


def tiny_demucs(folder: Path, *, full: bool = False, members: int = 1) -> Path:
    """The directory of a bag named as the folder is, in the library's own format. `full`: of the size of htdemucs."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    signatures = [f"{SIGNATURE[:-1]}{n}" for n in range(members)]
    with torch.random.fork_rng(devices=[]):
        for n, signature in enumerate(signatures):
            torch.manual_seed(11 + n)
            _save(folder / f"{signature}.th", full=full)
    (folder / f"{folder.name}.yaml").write_text(f"models: {signatures}\n")
    return folder


def _save(path: Path, *, full: bool) -> None:
    import torch
    from demucs.htdemucs import HTDemucs

    options = {"bottom_channels": 512, "t_layers": 5, "segment": Fraction(39, 5)} if full else TINY
    network = HTDemucs(SOURCES, **options)
    state = {name: weights.detach() for name, weights in network.state_dict().items()}
    torch.save({"klass": HTDemucs, "args": [SOURCES], "kwargs": options, "state": state}, path)


TINY = {"channels": 8, "depth": 4, "t_layers": 1, "t_heads": 2, "dconv_depth": 1, "segment": Fraction(3, 2)}
