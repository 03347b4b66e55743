"""An XTTS v2 of 90 MB with random weights: the real architecture, which babbles."""

import json
from pathlib import Path

LETTERS = (
    "abcdefghijklmnopqrstuvwxyz0123456789 àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿčďěňřšťůžąćęłńśźżğışőű"
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя،؟ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
    "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूृेैोौ्ंँ़।.,!?¿¡'-:;"
)
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi")


def tiny_xtts(folder: Path, *, full: bool = False, studio: tuple[str, ...] = ()) -> Path:
    """Make the directory of a model: config.json, vocab.json, model.pth, and `speakers_xtts.pth` where `studio` names any.

    `full`: with the layers and widths of XTTS v2, to measure speed.
    """
    import torch
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
    from TTS.tts.models.xtts import Xtts

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary()))
    args = XttsArgs(gpt_use_perceiver_resampler=True)
    if not full:
        args.gpt_layers, args.gpt_n_model_channels, args.gpt_n_heads, args.decoder_input_dim = 1, 32, 2, 32
        args.gpt_max_audio_tokens, args.gpt_num_audio_tokens = 24, 66  # a second of sound at the most
        args.gpt_start_audio_token, args.gpt_stop_audio_token = 64, 65
    config = XttsConfig(model_args=args, gpt_cond_len=30, max_ref_len=30)
    config.save_json(str(folder / "config.json"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        model = Xtts(config)
        model.tokenizer = VoiceBpeTokenizer(folder / "vocab.json")
        model.init_models()
        torch.save({"model": model.state_dict()}, folder / "model.pth")
        if studio:
            torch.save({name: _speaker(args.gpt_n_model_channels) for name in studio}, folder / "speakers_xtts.pth")
    return folder


def vocabulary() -> dict:
    """A tokenizer of single letters with XTTS's special tokens, as the `tokenizers` library writes it."""
    special = ["[STOP]", "[UNK]", "[SPACE]", "[START]", *(f"[{language}]" for language in LANGUAGES)]
    tokens = special + sorted(set(LETTERS) - {" "})
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": n,
                "special": True,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
            }
            for n, token in enumerate(special)
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "[UNK]",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "vocab": {token: n for n, token in enumerate(tokens)},
            "merges": [],
        },
    }


def _speaker(channels: int) -> dict:
    import torch

    return {
        "gpt_cond_latent": torch.randn(1, 32, channels),
        "speaker_embedding": torch.nn.functional.normalize(torch.randn(1, 512, 1), dim=1),
    }
