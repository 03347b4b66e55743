"""Model hub: the search for a model in MODELS_DIR, then in the user's cache of the catalogue's models, then on the model hub."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ModelMissing
from pipeline.models.catalogue import Model, shipped_catalogue
from pipeline.models.folders import Folders, user_cache
from pipeline.models.verification import State, Status, inspect_model, verify_model

HUB_URL = "https://huggingface.co"  # pages on which a model's terms are accepted
REPOSITORY_PATTERN = re.compile(r"[\w.-]+/[\w.-]+")  # owner/name, as the hub has it


@dataclass(frozen=True, slots=True)
class Hub:
    """Search path of models. First `folder` (MODELS_DIR), by the model's whole name or its last part; then `cache`, into which
    `./dubarr setup` downloads the models of the catalogue; then the hub, with `token`.
    """

    folder: Path | None = None
    token: str | None = field(default=None, repr=False)
    cache: Path = field(default_factory=user_cache)

    @property
    def folders(self) -> Folders:
        """Folders that are searched for models of the catalogue."""
        return Folders(self.folder, self.cache)

    def find_folder(self, model: str) -> Path | None:
        """Directory of a model on this machine: a path, or a folder in MODELS_DIR. None where there is none.

        A model of the catalogue must have all its files, of the right sizes.
        """
        if listed := shipped_catalogue().get(model):
            status = inspect_model(listed, self.folders)
            return status.folder.absolute() if status.folder and status.state in {State.VERIFIED, State.UNVERIFIED} else None
        places = [Path(model).expanduser()] if "/" in model else []
        if self.folder is not None:
            places += [self.folder / model, self.folder / model.rpartition("/")[2]]
        return next((place.absolute() for place in places if place.is_dir()), None)

    def fetch_folder(self, model: str, *, engine: str, setting: str, revision: str | None = None) -> Path:
        """Directory of a model, downloaded from the hub where it is not here yet. ModelMissing.

        `setting`: name of the setting that selects the model, such as DIARIZER_MODEL.
        """
        if listed := shipped_catalogue().get(model):
            return self._require_verified(listed, engine, setting)
        if found := self.find_folder(model):
            return found
        if not REPOSITORY_PATTERN.fullmatch(model):
            where = f" in {self.folder}" if self.folder else "; MODELS_DIR is not set"
            raise ModelMissing(
                engine, f"there is no model {model!r}{where}; give {setting} a directory or an owner/name of the hub"
            )
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

        try:
            return Path(snapshot_download(model, revision=revision, token=self.token, cache_dir=self._cache()))
        except GatedRepoError as error:
            raise ModelMissing(engine, word_gated_model(model, has_token=self.token is not None)) from error
        except RepositoryNotFoundError as error:
            raise ModelMissing(engine, f"the hub has no model {model!r}, or not for this HF_TOKEN; check {setting}") from error
        except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
            raise ModelMissing(
                engine,
                f"{model!r} is not on this machine and the hub cannot be reached ({type(error).__name__}); "
                f"put it into MODELS_DIR, or name its directory in {setting}",
            ) from error

    def _require_verified(self, model: Model, engine: str, setting: str) -> Path:
        """Directory of a model of the catalogue. Files that changed since they were last hashed are hashed again. ModelMissing."""
        status = verify_model(model, self.folders)
        if status.is_usable and status.folder:
            return status.folder.absolute()
        raise ModelMissing(engine, word_missing_model(status, self.folders, setting))

    def _cache(self) -> Path | None:
        return self.folder / "hub" if self.folder else None


def word_missing_model(status: Status, folders: Folders, setting: str) -> str:
    """Message for a model of the catalogue that is missing or differs from the catalogue, with the way out."""
    model, draft = status.model.name, "PROFILE=draft needs no models"
    if status.folder is None:
        where = " or ".join(map(str, folders.places))
        return f"the model {model} is not in {where}; run ./dubarr setup, which fetches it; {draft}"
    words = f"the model {model} in {status.folder} is {status.state}" + (f": {status.trouble}" if status.trouble else "")
    if folders.is_ours(status.folder) or status.state is State.UNDERIVED:
        return f"{words}; run ./dubarr setup, which mends it; {draft}"
    return f"{words}; put the right file there, or name the directory of another model in {setting}; {draft}"


def word_gated_model(model: str, *, has_token: bool) -> str:
    """Message for a gated model whose terms are not accepted yet, with the way out."""
    token = "the account of HF_TOKEN has not accepted" if has_token else "HF_TOKEN is not set, and one must first accept"
    return f"{model} is gated: {token} its conditions; visit {HUB_URL}/{model}, accept them, and set HF_TOKEN to a token of that account"
