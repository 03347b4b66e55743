"""An OmniVoice of 3 MB with random weights: the real architecture at the real rates, which babbles."""

from pathlib import Path
from typing import Any

SPECIAL = [
    *(f"<|{name}_{end}|>" for name in ("text", "lang", "instruct") for end in ("start", "end")),
    "<|denoise|>",
    "<|endoftext|>",
]


def tiny_omnivoice(folder: Path) -> Path:
    """Make the directory of a model: config.json, model.safetensors, tokenizer.json, and `audio_tokenizer` with its own."""
    import torch
    from omnivoice.models.omnivoice import OmniVoice, OmniVoiceConfig
    from transformers import Qwen3Config

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _make_text_tokenizer()
    tokenizer.save_pretrained(folder)
    # Codes of audio, up to 1024, are looked up among the text tokens as well, and the result is dropped.
    heads = {"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16}
    llm = Qwen3Config(vocab_size=1_100, hidden_size=32, intermediate_size=32, max_position_embeddings=4096, **heads)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        OmniVoice(OmniVoiceConfig(llm_config=llm)).save_pretrained(folder)
        _save_audio_tokenizer(folder / "audio_tokenizer")
    return folder


def _make_text_tokenizer() -> Any:
    """A tokenizer of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|endoftext|>")


def _save_audio_tokenizer(folder: Path) -> None:
    """24 kHz, 25 frames a second, 8 codebooks of 1024 codes, as in the published model."""
    import torch
    from transformers import DacConfig, DacFeatureExtractor, HiggsAudioV2TokenizerConfig, HiggsAudioV2TokenizerModel, HubertConfig

    acoustic = DacConfig(
        encoder_hidden_size=2, decoder_hidden_size=96, hidden_size=16, codebook_dim=16,
        downsampling_ratios=[8, 5, 4, 2, 3], upsampling_ratios=[8, 5, 4, 2, 3],
    )  # fmt: skip
    semantic = HubertConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, conv_dim=(8,) * 7,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2, mask_time_prob=0.0,
    )  # fmt: skip
    config = HiggsAudioV2TokenizerConfig(
        target_bandwidths=[0.5, 1, 1.5, 2], codebook_dim=16, acoustic_model_config=acoustic, semantic_model_config=semantic
    )
    model = HiggsAudioV2TokenizerModel(config)
    with torch.no_grad():
        for name, values in model.named_parameters():
            if name.startswith("acoustic_decoder") and name.endswith("weight"):
                values.normal_(0.0, 0.1)  # audible: the library's own weights are for training
        for name, values in model.named_buffers():
            if name.endswith("embed"):
                values.normal_()
    model.save_pretrained(folder)
    DacFeatureExtractor(sampling_rate=24_000, hop_length=960).save_pretrained(folder)
