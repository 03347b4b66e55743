"""Where models come from: folders of one's own first, then the model hub."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ModelMissing

PAGES = "https://huggingface.co"  # where a model's conditions are accepted
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")  # owner/name, as the hub has it


@dataclass(frozen=True, slots=True)
class Hub:
    """`folder` (MODELS_DIR) is looked into first, by the model's whole name or its last part; then the hub, with `token`."""

    folder: Path | None = None
    token: str | None = field(default=None, repr=False)

    def local(self, model: str) -> Path | None:
        """The directory of a model on this machine: a path, or a folder in MODELS_DIR. None where there is none."""
        places = [Path(model).expanduser()] if "/" in model else []
        if self.folder is not None:
            places += [self.folder / model, self.folder / model.rpartition("/")[2]]
        return next((place.absolute() for place in places if place.is_dir()), None)

    def fetched(self, model: str, *, engine: str, setting: str, revision: str | None = None) -> Path:
        """The directory of a model, downloaded where it is not here yet. ModelMissing in one sentence with the way out.

        `setting`: the one that names another model, such as DIARIZER_MODEL.
        """
        if found := self.local(model):
            return found
        if not REPOSITORY.fullmatch(model):
            where = f" in {self.folder}" if self.folder else "; MODELS_DIR is not set"
            raise ModelMissing(
                engine, f"there is no model {model!r}{where}; give {setting} a directory or an owner/name of the hub"
            )
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

        try:
            return Path(snapshot_download(model, revision=revision, token=self.token, cache_dir=self._cache()))
        except GatedRepoError as error:
            raise ModelMissing(engine, gated(model, has_token=self.token is not None)) from error
        except RepositoryNotFoundError as error:
            raise ModelMissing(engine, f"the hub has no model {model!r}, or not for this HF_TOKEN; check {setting}") from error
        except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
            raise ModelMissing(
                engine,
                f"{model!r} is not on this machine and the hub cannot be reached ({type(error).__name__}); "
                f"put it into MODELS_DIR, or name its directory in {setting}",
            ) from error

    def _cache(self) -> Path | None:
        return self.folder / "hub" if self.folder else None


def gated(model: str, *, has_token: bool) -> str:
    """The one sentence for a model whose conditions nobody has accepted yet."""
    token = "the account of HF_TOKEN has not accepted" if has_token else "HF_TOKEN is not set, and one must first accept"
    return f"{model} is gated: {token} its conditions; visit {PAGES}/{model}, accept them, and set HF_TOKEN to a token of that account"
