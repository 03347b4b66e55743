from pipeline.engines.watermark.watermarker import MESSAGE_BITS, format_bits, format_message


def test_the_message_is_two_characters_of_ascii_the_most_significant_bit_first():
    assert MESSAGE_BITS == (0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1)
    assert format_bits(MESSAGE_BITS) == "4455" == b"DU".hex()
    assert format_bits((0,) * 16) == "0000"
    assert (format_message(MESSAGE_BITS), format_message((1,) * 16)) == ("DU", "ffff")
