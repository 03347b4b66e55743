from pipeline.models.model_identity import identify_weights


def model(folder, weights=b"\x00" * 3_000_000):
    (folder / "part").mkdir(parents=True)
    (folder / "config.yaml").write_text("pipeline: 1\n")
    (folder / "part" / "weights.bin").write_bytes(weights)
    return folder


def test_the_same_files_are_the_same_model_wherever_they_lie(tmp_path):
    assert identify_weights(model(tmp_path / "a")) == identify_weights(model(tmp_path / "elsewhere" / "b"))


def test_other_weights_of_the_same_size_are_another_model(tmp_path):
    assert identify_weights(model(tmp_path / "a")) != identify_weights(model(tmp_path / "b", b"\x01" * 3_000_000))


def test_a_changed_config_is_another_model(tmp_path):
    folder = model(tmp_path / "a")
    before = identify_weights(folder)
    (folder / "config.yaml").write_text("pipeline: 2\n")
    assert identify_weights(folder) != before


def test_what_is_hidden_does_not_count(tmp_path):
    folder = model(tmp_path / "a")
    before = identify_weights(folder)
    (folder / ".cache").mkdir()
    (folder / ".cache" / "lock").write_text("1")
    assert identify_weights(folder) == before


def test_a_model_of_the_hub_is_known_by_its_commit(tmp_path):
    folder = model(tmp_path / "models--owner--name" / "snapshots" / "0123456789abcdef0123")
    assert identify_weights(folder) == "0123456789ab"
