"""Translation models in CTranslate2's format: their folders and languages, tokenizers, decoding, shorter wordings."""
