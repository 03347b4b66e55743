"""What XTTS refuses before any library is loaded."""

from pathlib import Path

import pytest

from pipeline.engines.synthesizer_xtts import XttsSynthesizer
from pipeline.engines.xtts.sampling import SamplingOptions
from pipeline.engines.xtts.xtts_checkpoint import require_files
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub


def test_the_licence_of_the_weights_must_be_agreed_to() -> None:
    with pytest.raises(EngineError, match=r"non-commercial.*read it at https://\S+coqui/XTTS-v2 and set COQUI_TOS_AGREED=1"):
        XttsSynthesizer()


def test_a_folder_of_weights_needs_it_too_because_nobody_can_tell_whose_they_are(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="COQUI_TOS_AGREED=1"):
        XttsSynthesizer(str(tmp_path))


@pytest.mark.parametrize("agreement", [{"tos_agreed": True}, {"own_weights": True}])
def test_a_folder_without_a_model_is_said_to_lack_its_files(tmp_path: Path, agreement: dict[str, bool]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="no vocab.json and no model.pth"):
        XttsSynthesizer("mine", hub=Hub(tmp_path), **agreement)


@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"top_p": 1.5}, {"repetition_penalty": 0.5}, {"top_k": 0}])
def test_options_that_cannot_be_sampled_with_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(EngineError, match="cannot be used"):
        SamplingOptions(**options)


def test_an_option_that_is_misspelt_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no option 'temprature'"):
        XttsSynthesizer(str(tmp_path), own_weights=True, sampling={"temprature": 0.5})
    with pytest.raises(EngineError, match="attempts=0"):
        XttsSynthesizer(str(tmp_path), own_weights=True, attempts=0)


def test_a_directory_that_lacks_a_file_is_told_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match=r"has no .*vocab\.json.*SYNTHESIZER_MODEL"):
        require_files(tmp_path)
