"""Whisper small enough for a test: the real architecture and decoder, made to write a sentence of one's choice.

Every attention and feed-forward output of the decoder is zero, so what it writes next follows from the position alone:
each position's embedding points at the token to come. Tokens are single bytes.
"""

from pathlib import Path

LETTERS_AT = 3  # position of <|notimestamps|>, from which the first token is written
BUDGET = 224  # positions that a prompt may take, the token that opens it included
SENTENCE = "And so my fellow Americans ask not what your country can do for you."
LATER = "Ask what you can do for your country."


def tiny_whisper(
    folder: Path, *, says: str = SENTENCE, says_later: str = LATER, language: str | None = "en", full: bool = False
) -> Path:
    """A CTranslate2 directory. It says `says`; after a prompt of n bytes, what follows the first n + 1 of it.

    After a prompt of all the 223 tokens that it may have, `says_later`. `language`: what it takes speech for; None: it
    cannot tell. `full`: of large-v3's size, in float16.
    """
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
    from transformers.utils import logging

    logging.set_verbosity_error()
    torch.manual_seed(7)
    tokenizer = _tokenizer(full)
    ids = tokenizer.get_vocab()
    width, layers, heads, mels = (1280, 32, 20, 128) if full else (64, 1, 2, 80)
    config = WhisperConfig(
        **dict.fromkeys(("encoder_layers", "decoder_layers"), layers),
        **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), heads),
        **dict.fromkeys(("encoder_ffn_dim", "decoder_ffn_dim"), 4 * width),
        d_model=width,
        num_mel_bins=mels,
        vocab_size=len(tokenizer),
    )
    model = WhisperForConditionalGeneration(config).eval()
    generation = model.generation_config
    generation.suppress_tokens = []
    generation.begin_suppress_tokens = [ids["Ġ"], ids["<|endoftext|>"]]
    generation.lang_to_id = {f"<|{code}|>": ids[f"<|{code}|>"] for code in _codes(full)}
    generation.alignment_heads = [[0, 0]]
    _teach(model, tokenizer, says, says_later, language)
    made = folder / "transformers"
    model.save_pretrained(made)
    tokenizer.save_pretrained(made)
    WhisperFeatureExtractor(feature_size=mels).save_pretrained(made)
    converter = TransformersConverter(str(made), copy_files=["tokenizer.json", "preprocessor_config.json"])
    converter.convert(str(folder / "whisper"), quantization="float16" if full else "int8")
    return folder / "whisper"


def _teach(model, tokenizer, says, says_later, language):
    """Turn the decoder into a table: position → next token."""
    import torch

    ids, decoder = tokenizer.get_vocab(), model.model.decoder
    end = ids["<|endoftext|>"]
    nexts = [end] * model.config.max_target_positions
    for at, text in ((LETTERS_AT, says), (LETTERS_AT + BUDGET, says_later)):
        letters = tokenizer.encode(text, add_special_tokens=False)
        nexts[at : at + len(letters)] = letters
    with torch.no_grad():
        tokens = decoder.embed_tokens.weight  # tied to the output
        tokens.normal_()
        if language is None:  # all of them are as likely
            spoken = [ids[f"<|{code}|>"] for code in _codes(model.config.num_mel_bins == 128)]
            tokens[spoken] = tokens[spoken[0]].clone()
        decoder.embed_positions.weight.copy_(8 * tokens[nexts])
        # Position 0 is asked for the language.
        decoder.embed_positions.weight[0] = 8 * tokens[ids[f"<|{language or 'en'}|>"]]
        for layer in decoder.layers:
            for output in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                output.weight.zero_()
                output.bias.zero_()


def _codes(full):
    from whisperx.utils import LANGUAGES

    return [code for code in LANGUAGES if full or code != "yue"]  # Cantonese came with large-v3


def _tokenizer(full):
    """Bytes, then Whisper's special tokens at their own places."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import WhisperTokenizerFast

    pieces = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces += [f"unused{number}" for number in range(len(pieces), 50256)] + [""]  # without the last it counts as English only
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in _codes(full))]
    special += [f"<|{name}|>" for name in ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")]
    times = [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    tokenizer = Tokenizer(models.BPE({piece: number for number, piece in enumerate(pieces)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in special])
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in times])
    return WhisperTokenizerFast(
        tokenizer_object=tokenizer,
        **dict.fromkeys(("unk_token", "bos_token", "eos_token", "pad_token"), "<|endoftext|>"),
        additional_special_tokens=special[1:],
    )
