"""A Mel-Band RoFormer in a directory: the library's own network with few channels and random weights."""

from pathlib import Path

import yaml

CHUNK_SAMPLES = 44_100


def tiny_roformer(
    folder: Path,
    *,
    sources: tuple[str, ...] = ("vocals", "other"),
    target: str | None = "vocals",
    share: float | tuple[float, ...] | None = None,
) -> Path:
    """The directory of a model. `target`: the only output of the network; None: one for each of the sources. `share`: each output is
    so much of the mixture (a tuple: by output), whatever it is; None: what random weights make of it.
    """
    import torch
    from audio_separator.separator.uvr_lib_v5.roformer.mel_band_roformer import MelBandRoformer

    options = {
        "dim": 8, "depth": 1, "stereo": True, "num_stems": 1 if target else len(sources), "time_transformer_depth": 1,
        "freq_transformer_depth": 1, "num_bands": 20, "dim_head": 8, "heads": 1, "dim_freqs_in": 1025, "sample_rate": 44_100,
        "stft_n_fft": 2048, "stft_hop_length": 441, "stft_win_length": 2048, "stft_normalized": False, "mask_estimator_depth": 1,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = MelBandRoformer(**options)
        if share is not None:
            _pass_share(network, share)
        torch.save(network.state_dict(), folder / "tiny_mel_band_roformer.ckpt")
    training = {"instruments": list(sources)} | ({"target_instrument": target} if target else {})
    written = yaml.safe_dump({
        "audio": {"chunk_size": CHUNK_SAMPLES, "sample_rate": 44_100, "num_channels": 2},
        "model": options, "training": training, "inference": {"num_overlap": 2, "batch_size": 1},
    })  # fmt: skip
    sizes = "  multi_stft_resolutions_window_sizes: !!python/tuple [4096, 2048]\n"  # as the published ones have it
    (folder / "tiny_mel_band_roformer.yaml").write_text(written.replace("model:\n", "model:\n" + sizes))
    return folder


def _pass_share(network, given):
    """Make each output's mask the real number given: biases of real and imaginary parts in turn, then those of their gates, which are open."""
    import torch

    shares = given if isinstance(given, tuple) else (given,) * len(network.mask_estimators)
    for estimator, share in zip(network.mask_estimators, shares, strict=True):
        for band in estimator.to_freqs:
            last = [layer for layer in band.modules() if isinstance(layer, torch.nn.Linear)][-1]
            values = len(last.bias) // 2
            with torch.no_grad():
                last.weight.zero_()
                last.bias.zero_()
                last.bias[:values:2], last.bias[values:] = share, 20.0
