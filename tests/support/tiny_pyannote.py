"""A pyannote pipeline in a directory: the real networks and VBx, with weights set by hand that tell three buzzes apart.

The segmentation network hears sound against silence; the embedding network is random, then moved so that the
buzzes of `buzz` lie around its origin.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
PITCHES = (100.0, 190.0, 310.0)  # Hz, of the three that it knows
DIMENSION = 32
Wave = NDArray[np.float32]

CONFIG = """\
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: VBxClustering
    segmentation: $model/segmentation
    segmentation_step: {step}
    segmentation_batch_size: 32
    embedding: $model/embedding
    embedding_batch_size: 32
    embedding_exclude_overlap: true
    plda: $model/plda
params:
  clustering:
    threshold: 0.6
    Fa: 0.5
    Fb: 0.8
  segmentation:
    min_duration_off: 0.0
"""


def buzz(who: int, seconds: float, *, seed: int = 0) -> Wave:
    """A steady voice-like sound at 16 kHz: harmonics with a hum of their own, and a little noise."""
    at = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, int(7_500 / PITCHES[who]))
    strengths = np.exp(-(((harmonics * PITCHES[who] - (600, 1_800, 3_600)[who]) / 700) ** 2)) + 0.02
    wave = sum(s * np.sin(2 * np.pi * PITCHES[who] * n * at + n * n) for n, s in zip(harmonics, strengths, strict=True))
    noise = np.random.default_rng(1_000 * who + seed).standard_normal(len(at))
    return (0.1 * wave / np.sqrt(np.mean(np.square(wave))) + 0.002 * noise).astype(np.float32)


def tiny_pyannote(folder: Path, *, full: bool = False) -> Path:
    """The directory of a whole pipeline. `full`: networks and windows of the size that is really used, random weights."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        _save(_segmentation(full=full), folder / "segmentation")
        embedding = _embedding(full=full)
        _save(embedding, folder / "embedding")
    _plda(folder / "plda", embedding.dimension, 128 if full else DIMENSION)
    (folder / "config.yaml").write_text(CONFIG.format(step=0.1 if full else 0.5))
    return folder


def _segmentation(*, full: bool):
    """PyanNet over windows of 10 s (2 s): the mean of its filters' positive envelopes decides that speaker 1 speaks."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

    size = {"hidden_size": 128, "num_layers": 4} if full else {"hidden_size": 4, "num_layers": 1}
    network = PyanNet(lstm=size, linear={"hidden_size": 128, "num_layers": 2} if full else {"hidden_size": 4, "num_layers": 1})
    network.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=10.0 if full else 2.0,
        min_duration=None,
        warm_up=(0.0, 0.0),
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    network.build()
    if not full:
        with torch.no_grad():
            for weights in [*network.lstm.parameters(), *network.linear.parameters(), *network.classifier.parameters()]:
                weights.zero_()
            lstm, hidden = network.lstm, size["hidden_size"]
            lstm.weight_ih_l0[2 * hidden] = 1 / 60  # the cell's input is the mean over SincNet's 60 channels,
            lstm.bias_ih_l0[:hidden] = 20.0  # let in whole,
            lstm.bias_ih_l0[hidden : 2 * hidden] = -20.0  # forgotten at once,
            lstm.bias_ih_l0[3 * hidden :] = 20.0  # and let out whole
            network.linear[0].weight[0, 0] = 1.0
            network.classifier.weight[1, 0] = 200.0  # class 0 is silence, class 1 speaker 1 alone
            network.classifier.bias.copy_(torch.tensor([0.0, -20.0, *[-99.0] * 5]))
    return network


def _embedding(*, full: bool):
    """WeSpeaker's ResNet 34, or a random x-vector whose outputs for the three buzzes have their mean at the origin."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34, XVectorMFCC

    network = WeSpeakerResNet34() if full else XVectorMFCC(mfcc={"melkwargs": {"n_mels": 40}}, dimension=DIMENSION)
    network.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=2.0, classes=["somebody"]
    )
    network.eval()
    if not full:
        heard = torch.from_numpy(np.stack([buzz(who, 2.0, seed=9) for who in range(len(PITCHES))]))[:, None]
        with torch.no_grad():
            for layer in network.tdnns[::3]:  # each frame on its own, so that no silence leaks into a turn's ends,
                centre = layer.weight[..., layer.kernel_size[0] // 2].clone()
                layer.weight.zero_()
                layer.weight[..., layer.kernel_size[0] // 2] = centre
            network.tdnns[0].weight[:, 0] = 0.0  # whatever its level
            network.embedding.bias -= network(heard).mean(dim=0)
    return network


def _plda(folder: Path, size: int, kept: int) -> None:
    """A transformation that changes nothing but the number of dimensions, and voices that differ ten times more than one voice does."""
    folder.mkdir(parents=True)
    np.savez(folder / "xvec_transform.npz", mean1=np.zeros(size), mean2=np.zeros(kept), lda=np.eye(size, kept))
    np.savez(folder / "plda.npz", mu=np.zeros(kept), tr=np.eye(kept), psi=np.linspace(12.0, 8.0, kept))


def _save(network, folder: Path) -> None:
    """A checkpoint as the library writes it at the end of a training."""
    import lightning
    import torch

    checkpoint = {
        "state_dict": network.state_dict(),
        "hyper_parameters": dict(network.hparams),
        "pytorch-lightning_version": lightning.__version__,
    }
    network.on_save_checkpoint(checkpoint)
    folder.mkdir(parents=True)
    torch.save(checkpoint, folder / "pytorch_model.bin")
