"""A Qwen3 forced aligner of 0.1 MB, the real architecture at the real rates: with random weights, or with some that count time marks.

The counting one has a rising time for each mark: its attention gives each mark the share of marks among the tokens of audio and
marks before it, and its head has a step for each share. It hears nothing: its audio encoder is random.
"""

import json
from pathlib import Path
from typing import Any

SPECIAL = ["<|endoftext|>", "<|audio_start|>", "<|audio_end|>", "<|audio_pad|>", "<timestamp>"]
STEP_MS, STEPS = 80, 170  # times that the model can give: up to 13.6 s
TOKENS_PER_S = 13  # of audio
SHARE_PER_STEP = 0.006  # of the counting model: its marks are 0.15 s apart in an utterance of 5 s


def tiny_qwen_aligner(folder: Path, *, support_languages: list[str] | None = None, seed: int | None = None) -> Path:
    """Make the directory of a model: config.json, model.safetensors, the tokenizer's files and preprocessor_config.json.

    `seed`: of random weights; None for the model that counts.
    """
    import torch
    from qwen_asr.core.transformers_backend import Qwen3ASRConfig, Qwen3ASRForConditionalGeneration
    from transformers import WhisperFeatureExtractor

    folder.mkdir(parents=True, exist_ok=True)
    ids = _save_tokenizer(folder)
    config = Qwen3ASRConfig(
        thinker_config=_make_thinker_config(ids),
        support_languages=support_languages,
        timestamp_token_id=ids["<timestamp>"],
        timestamp_segment_time=STEP_MS,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed or 0)
        model = Qwen3ASRForConditionalGeneration(config)
        for values in model.parameters():
            if values.ndim > 1:
                torch.nn.init.normal_(values)  # the library's own weights are so small that all times are one
        if seed is None:
            _set_counting_weights(model.thinker, ids)
        model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)
    # Saving writes each class's own type of model, and with it the kind of head is lost.
    saved = json.loads((folder / "config.json").read_text())
    saved["thinker_config"]["model_type"] = config.thinker_config.model_type
    (folder / "config.json").write_text(json.dumps(saved))
    return folder


def count_step(mark: int, seconds: float) -> int:
    """The step that the counting model gives the mark of this number, from 1, in an utterance of whole seconds."""
    return round(mark / (TOKENS_PER_S * seconds + mark) / SHARE_PER_STEP)


def _set_counting_weights(thinker: Any, ids: dict[str, int]) -> None:
    """Channels of the text model: 0 is a mark, 1 the share of marks, 2 audio, 3 any other token."""
    import torch

    with torch.no_grad():
        (layer,) = thinker.model.layers
        for module in (thinker.model.embed_tokens, layer.self_attn, layer.mlp, thinker.audio_tower.proj2, thinker.lm_head):
            for name, values in module.named_parameters():
                if "norm" not in name:
                    values.zero_()
        thinker.audio_tower.proj2.bias[2] = 1.0
        thinker.model.embed_tokens.weight[:, 3] = 1.0
        thinker.model.embed_tokens.weight[ids["<timestamp>"]] = torch.eye(32)[0]
        slow = 7  # of a head's 16 channels the one that the position turns least
        attention = layer.self_attn
        attention.q_proj.weight[[slow, 16 + slow]] = 1.0
        attention.k_proj.weight[slow, [0, 2, 3]] = torch.tensor([1.0, 1.0, -1.0])
        attention.k_norm.weight.fill_(4.0)
        attention.v_proj.weight[0, 0] = 32**-0.5  # after the norm a mark is the square root of 32 channels
        attention.o_proj.weight[1, 0] = 1.0
        # The step of which the share is nearest to channel 1 over channel 0, whatever the last norm makes of both.
        shares = torch.arange(STEPS) * SHARE_PER_STEP
        thinker.lm_head.weight[:, 1], thinker.lm_head.weight[:, 0] = 2 * shares, -(shares**2)


def _make_thinker_config(ids: dict[str, int]) -> dict[str, Any]:
    audio = {
        "num_mel_bins": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 16, "d_model": 16,
        "n_window": 50, "n_window_infer": 800, "output_dim": 32, "downsample_hidden_size": 4,
    }  # fmt: skip
    text = {
        "vocab_size": max(ids.values()) + 1, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "max_position_embeddings": 65_536,
        "rope_scaling": {"rope_type": "default", "mrope_section": [4, 2, 2], "mrope_interleaved": True},
    }  # fmt: skip
    return {
        "model_type": "qwen3_forced_aligner",
        "classify_num": STEPS,
        "audio_config": audio,
        "text_config": text,
        "audio_token_id": ids["<|audio_pad|>"],
        "audio_start_token_id": ids["<|audio_start|>"],
    }


def _save_tokenizer(folder: Path) -> dict[str, int]:
    """Save a tokenizer of bytes; the numbers of its special tokens."""
    from tokenizers import pre_tokenizers
    from transformers import Qwen2TokenizerFast

    vocabulary = {letter: n for n, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = Qwen2TokenizerFast(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        additional_special_tokens=SPECIAL,
        extra_special_tokens={
            "audio_token": "<|audio_pad|>", "audio_bos_token": "<|audio_start|>", "audio_eos_token": "<|audio_end|>",
        },
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    return {each: tokenizer.convert_tokens_to_ids(each) for each in SPECIAL}
