import numpy as np
import soundfile

from pipeline.stages.mixing.watermark import watermark


class Doubling:
    fingerprint, concurrency = "doubling", 1

    def mark(self, wave, rate):
        assert wave.dtype == np.float32 and rate == 22_050
        return 2 * wave


def test_a_take_is_written_anew_at_its_rate_and_length_and_the_old_one_stays(place, tmp_path):
    audio = place(1, 1.0, 2.5, level=0.2).audio
    before, rate = soundfile.read(audio.path, dtype="float32")
    marked = watermark(audio, Doubling(), workdir=tmp_path)
    after, same = soundfile.read(marked.path, dtype="float32")
    assert (same, marked.path.parent, audio.find_fault()) == (rate, tmp_path, None)
    np.testing.assert_array_equal(after, 2 * before)
