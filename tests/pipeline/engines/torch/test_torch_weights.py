import pickle

import numpy as np
import pytest

from pipeline.engines.speakers.vad_silero import find_package_folder
from pipeline.engines.torch.torch_weights import read_weights
from pipeline.errors import EngineError


def header(file):
    for thing in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(thing, file, 2)


def test_resemblyzers_weights_have_the_shapes_of_the_network():
    tensors = read_weights(find_package_folder("resemblyzer") / "pretrained.pt")
    assert tensors["lstm.weight_ih_l0"].shape == (1024, 40)
    assert tensors["linear.weight"].shape == (256, 256)
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("this must not run",)

    path = tmp_path / "evil.pt"
    with path.open("wb") as file:
        header(file)
        pickle.dump({"model_state": {"a": Evil()}}, file, 2)
    with pytest.raises(EngineError, match="evil.pt cannot be read .*print is not allowed"):
        read_weights(path)


def test_a_cut_file_is_refused(tmp_path):
    whole = (find_package_folder("resemblyzer") / "pretrained.pt").read_bytes()
    for cut in (0, 100, 10_000_000):
        (tmp_path / "cut.pt").write_bytes(whole[:cut])
        with pytest.raises(EngineError, match="cut.pt cannot be read"):
            read_weights(tmp_path / "cut.pt")
