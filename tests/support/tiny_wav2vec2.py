"""wav2vec2 small enough for a test: the real architecture, made to hear loudness. It tells a letter where there is sound."""

import json
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz'"


def tiny_wav2vec2(folder: Path, *, full: bool = False, letters: str = LETTERS) -> Path:
    """A transformers directory with model and processor. Silence is blank, and in sound every letter is as good as another.

    `full`: of wav2vec2-base's size, with random weights, which hear nothing.
    """
    import torch
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
        Wav2Vec2Processor,
    )

    torch.manual_seed(7)
    made = folder / "wav2vec2"
    made.mkdir(parents=True)
    vocabulary = {symbol: number for number, symbol in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *letters])}
    (made / "vocab.json").write_text(json.dumps(vocabulary))
    tokenizer = Wav2Vec2CTCTokenizer(str(made / "vocab.json"))
    Wav2Vec2Processor(Wav2Vec2FeatureExtractor(return_attention_mask=False), tokenizer).save_pretrained(made)
    small = (
        {}
        if full
        else {
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 16,
            "conv_dim": (4,) * 7,
            "num_conv_pos_embedding_groups": 2,
            "num_conv_pos_embeddings": 4,
        }
    )
    model = Wav2Vec2ForCTC(Wav2Vec2Config(vocab_size=len(vocabulary), **small)).eval()
    if not full:
        with torch.no_grad():
            _teach(model)
    model.save_pretrained(made)
    return made


def _teach(model):
    """Channels 0 and 1 follow the loudness, 2 and 3 are still; what is left of their difference decides for blank."""
    import torch

    for name, parameter in model.named_parameters():
        if not name.endswith("original1"):  # the direction of a normalised weight; its length becomes zero
            parameter.zero_()
    listening = model.wav2vec2.feature_extractor.conv_layers
    edge = torch.tensor([1.0, -1.0] * 5)  # rapid changes, of both signs: rectified, they are loudness
    listening[0].conv.weight[0, 0], listening[0].conv.weight[1, 0] = edge, -edge
    listening[0].layer_norm.weight.fill_(1.0)
    for layer in listening[1:]:
        for channel in range(4):
            layer.conv.weight[channel, channel] = 4.0 / layer.conv.kernel_size[0]  # a mean, with gain
    projection = model.wav2vec2.feature_projection
    projection.layer_norm.weight.fill_(1.0)
    projection.projection.weight[0] = torch.tensor([1.0, 1.0, -1.0, -1.0])
    projection.projection.weight[1] = -projection.projection.weight[0]
    projection.projection.bias[1] = 0.5  # where all is still, the second wins
    encoder = model.wav2vec2.encoder
    for norm in (encoder.layer_norm, encoder.layers[0].layer_norm, encoder.layers[0].final_layer_norm):
        norm.weight.fill_(1.0)
    model.lm_head.weight[0, 1], model.lm_head.weight[5:, 0] = 3.0, 3.0
    model.lm_head.bias[1:5] = -30.0
    model.lm_head.bias[4] = 0.0  # between words
    model.lm_head.weight[4, 0] = 3.0
