"""Where models come from: MODELS_DIR first, then the user's cache of the catalogue's models, then the model hub."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ModelMissing
from pipeline.models.catalogue import Model, shipped_catalogue
from pipeline.models.folders import Folders, user_cache
from pipeline.models.verification import State, Status, inspect_model, verify_model

PAGES = "https://huggingface.co"  # where a model's conditions are accepted
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")  # owner/name, as the hub has it


@dataclass(frozen=True, slots=True)
class Hub:
    """`folder` (MODELS_DIR) is looked into first, by the model's whole name or its last part; then `cache`, where `./dubarr setup`
    puts the models of the catalogue; then the hub, with `token`.
    """

    folder: Path | None = None
    token: str | None = field(default=None, repr=False)
    cache: Path = field(default_factory=user_cache)

    @property
    def folders(self) -> Folders:
        """Where models of the catalogue are looked for."""
        return Folders(self.folder, self.cache)

    def local(self, model: str) -> Path | None:
        """The directory of a model on this machine: a path, or a folder in MODELS_DIR. None where there is none.

        A model of the catalogue must have all its files, of the right sizes.
        """
        if listed := shipped_catalogue().get(model):
            status = inspect_model(listed, self.folders)
            return status.folder.absolute() if status.folder and status.state in {State.VERIFIED, State.UNVERIFIED} else None
        places = [Path(model).expanduser()] if "/" in model else []
        if self.folder is not None:
            places += [self.folder / model, self.folder / model.rpartition("/")[2]]
        return next((place.absolute() for place in places if place.is_dir()), None)

    def fetched(self, model: str, *, engine: str, setting: str, revision: str | None = None) -> Path:
        """The directory of a model, downloaded where it is not here yet. ModelMissing in one sentence with the way out.

        `setting`: the one that names another model, such as DIARIZER_MODEL.
        """
        if listed := shipped_catalogue().get(model):
            return self._verified(listed, engine, setting)
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

    def _verified(self, model: Model, engine: str, setting: str) -> Path:
        """The directory of a model of the catalogue. Its files are hashed where they have changed since they last were."""
        status = verify_model(model, self.folders)
        if status.is_usable and status.folder:
            return status.folder.absolute()
        raise ModelMissing(engine, missing_model(status, self.folders, setting))

    def _cache(self) -> Path | None:
        return self.folder / "hub" if self.folder else None


def missing_model(status: Status, folders: Folders, setting: str) -> str:
    """The one sentence for a model of the catalogue that is not here, or not as the catalogue has it."""
    model, draft = status.model.name, "PROFILE=draft needs no models"
    if status.folder is None:
        where = " or ".join(map(str, folders.places))
        return f"the model {model} is not in {where}; run ./dubarr setup, which fetches it; {draft}"
    words = f"the model {model} in {status.folder} is {status.state}" + (f": {status.trouble}" if status.trouble else "")
    if folders.is_ours(status.folder) or status.state is State.UNDERIVED:
        return f"{words}; run ./dubarr setup, which mends it; {draft}"
    return f"{words}; put the right file there, or name the directory of another model in {setting}; {draft}"


def gated(model: str, *, has_token: bool) -> str:
    """The one sentence for a model whose conditions nobody has accepted yet."""
    token = "the account of HF_TOKEN has not accepted" if has_token else "HF_TOKEN is not set, and one must first accept"
    return f"{model} is gated: {token} its conditions; visit {PAGES}/{model}, accept them, and set HF_TOKEN to a token of that account"
