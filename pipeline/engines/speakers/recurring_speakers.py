"""Recurring speakers of a series: people of other episodes recognised by their embeddings, who keep one cloned voice."""

from collections.abc import Sequence

import numpy as np

from pipeline.values.media import Artifact
from pipeline.values.timeline import Clip, Diarization, KnownVoice

MIN_SAME_SPEAKER_COSINE = 0.75  # cosine from which two embeddings are one person's; no other of the film may be nearer


def reuse_known_voices(clips: tuple[Clip, ...], diarization: Diarization, known: Sequence[KnownVoice]) -> tuple[Clip, ...]:
    """The clips, with the clip of an earlier episode for each speaker who is recognised from it: one voice for a whole series."""
    speakers = [speaker for speaker in diarization.speakers if speaker.embedding]
    pairs = sorted(
        (
            (float(np.dot(speaker.embedding, voice.embedding)), speaker.label, -number)
            for number, voice in enumerate(known)
            for speaker in speakers
            if len(voice.embedding) == len(speaker.embedding)
        ),
        reverse=True,
    )
    lent: dict[str, Artifact] = {}
    for likeness, label, number in pairs:
        clip = known[-number].clip
        if (
            likeness >= MIN_SAME_SPEAKER_COSINE
            and label not in lent
            and clip.digest not in {other.digest for other in lent.values()}
        ):
            lent[label] = clip
    own = {clip.speaker: clip.audio for clip in clips}
    return tuple(Clip(speaker.label, audio) for speaker in diarization.speakers if (audio := (own | lent).get(speaker.label)))
