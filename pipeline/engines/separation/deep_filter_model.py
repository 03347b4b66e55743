"""DeepFilterNet model: its three ONNX graphs, read from its archive without unpacking it, run by onnxruntime."""

import configparser
import os
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.separation.deep_filter_spectra import Floats, Framing, Spectra
from pipeline.errors import ModelMissing
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS

ENGINE, SETTING = "deepfilternet", "SEPARATOR_MODEL"
ARCHIVE_PATTERN = "*_onnx.tar.gz"
ENCODER_FILE, BANDS_DECODER_FILE, FILTER_DECODER_FILE = "enc.onnx", "erb_dec.onnx", "df_dec.onnx"
CONFIG_FILE = "config.ini"
MAX_MEMBER_BYTES = 256 * 2**20  # those of DeepFilterNet3 have 4 MB at most
GAINS_INPUTS = ("emb", "e3", "e2", "e1", "e0")  # of the ERB decoder, as the encoder names its outputs
FILTER_INPUTS = ("emb", "c0")


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters that turn noisy frames into speech: `gains` (frames, bands), 0 to 1, and `taps` (frames, deep bins, order)."""

    gains: Floats
    taps: Spectra


class DeepFilterModel:
    """The network of DeepFilterNet. Runs from several threads at once; each run begins with an empty recurrent state."""

    def __init__(self, folder: Path) -> None:
        try:
            members = _read_members(folder)
            self.framing = read_framing(members[CONFIG_FILE].decode())
            self._encoder, self._bands, self._filter = (
                _start_session(members[name]) for name in (ENCODER_FILE, BANDS_DECODER_FILE, FILTER_DECODER_FILE)
            )
            self._validate_graphs()
        except _list_damage_errors() as error:
            raise ModelMissing(
                ENGINE,
                f"{folder.name} cannot be loaded ({type(error).__name__}: {str(error).partition(chr(10))[0][:200]}); it needs "
                f"DeepFilterNet3_onnx.tar.gz: run ./dubarr setup, or name another model in {SETTING}",
            ) from error

    def run(self, levels: Floats, deep: Spectra) -> Filters:
        """Compute filters from the features of one channel, (frames, bands) and (frames, deep bins), with a delay of `lookahead` frames."""
        parts = np.stack([deep.real, deep.imag])  # (2, frames, deep bins)
        encoded = _run_session(self._encoder, {"feat_erb": levels[None, None], "feat_spec": parts[None]})
        gains = _run_session(self._bands, {name: encoded[name] for name in GAINS_INPUTS})["m"]  # (1, 1, frames, bands)
        taps = _run_session(self._filter, {name: encoded[name] for name in FILTER_INPUTS})["coefs"]
        shape = (len(levels), self.framing.deep_bins, self.framing.order)
        return Filters(gains[0, 0], np.ascontiguousarray(taps[0]).view(np.complex64).reshape(shape))

    def _validate_graphs(self) -> None:
        """ValueError if the graphs do not match the configuration."""
        frames, framing = 2 * self.framing.order, self.framing
        found = self.run(np.zeros((frames, framing.bands), np.float32), np.zeros((frames, framing.deep_bins), np.complex64))
        if found.gains.shape != (frames, framing.bands):
            raise ValueError(f"{BANDS_DECODER_FILE} answers gains of the shape {found.gains.shape}")


def read_framing(text: str) -> Framing:
    """Read the framing from a config.ini. configparser.Error or ValueError if it has none."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)

    def read_number(name: str, section: str = "df") -> int:
        return int(parser.get(section, name))

    rate, hop, lookahead = read_number("sr"), read_number("hop_size"), read_number("df_lookahead")
    if read_number("conv_lookahead", "deepfilternet") != lookahead:
        raise ValueError("the network's two parts look ahead by different numbers of frames")
    return Framing(
        rate=rate,
        size=read_number("fft_size"),
        hop=hop,
        bands=read_number("nb_erb"),
        fewest_bins=read_number("min_nb_erb_freqs"),
        deep_bins=read_number("nb_df"),
        order=read_number("df_order"),
        lookahead=lookahead,
        # Rounded as it was for training: at 10 ms and a time constant of 1 s, 0.99.
        decay=round(float(np.exp(-hop / rate / float(parser.get("df", "norm_tau")))), 3),
    )


def _read_members(folder: Path) -> Mapping[str, bytes]:
    """The graphs and the configuration by file name, from the only archive in a folder, or from the folder itself."""
    wanted = (CONFIG_FILE, ENCODER_FILE, BANDS_DECODER_FILE, FILTER_DECODER_FILE)
    if all((folder / name).is_file() for name in wanted):
        return {name: (folder / name).read_bytes() for name in wanted}
    archives = sorted(folder.glob(ARCHIVE_PATTERN))
    if len(archives) != 1:
        raise FileNotFoundError(f"there are {len(archives)} files {ARCHIVE_PATTERN}")
    found: dict[str, bytes] = {}
    with tarfile.open(archives[0], "r:gz") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            if name in wanted and member.isfile() and member.size <= MAX_MEMBER_BYTES:
                file = archive.extractfile(member)
                found[name] = file.read() if file else b""
    if lacks := [name for name in wanted if name not in found]:
        raise FileNotFoundError(f"{archives[0].name} lacks {', '.join(lacks)}")
    return found


def _start_session(graph: bytes) -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # telemetry writes into the temporary folder and reports to its maker
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # windows run side by side instead
    options.enable_cpu_mem_arena = False  # the arena would keep the largest window's memory
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _run_session(session: Any, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


def _list_damage_errors() -> tuple[type[Exception], ...]:
    """Exceptions raised for archives, configurations and graphs that are missing, damaged or of another model."""
    from onnxruntime.capi import onnxruntime_pybind11_state as onnx

    graphs = (
        onnx.Fail,
        onnx.InvalidArgument,
        onnx.InvalidGraph,
        onnx.InvalidProtobuf,
        onnx.NotImplemented,
        onnx.RuntimeException,
    )
    return (*UNUSABLE_MODEL_ERRORS, tarfile.TarError, zlib.error, configparser.Error, *graphs)
