"""Profiles of replicas: autoscaling bounds, and the shares of worker, web server and media encoder. Parts of `serve.profile`."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Scaling(BaseModel):
    """Autoscaling bounds: the number of replicas by the work at hand. With `least` 0 an idle engine leaves the card altogether."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: int = Field(default=0, ge=0)
    most: int = Field(default=1, ge=1)
    idle: float = Field(default=300.0, gt=0)  # s without work after which a replica goes; loading it again takes time

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"scaling from {self.least} to {self.most} replicas goes backwards")
        return self


class WorkerProfile(BaseModel):
    """The worker's own share of the machine: mixing and muxing. `films`: number dubbed at once, each in a replica.

    `scaling`: the number follows the queue instead, from `least` to `most`, as far as CPUs are free. A replica that is no longer
    needed finishes its film, for at most `drain` seconds; after that another one resumes it from its cached stages.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    films: int = Field(default=1, ge=1)
    scaling: Scaling | None = None  # takes the place of `films`
    drain: float = Field(default=3_600.0, ge=0)
    num_cpus: float = Field(default=1.0, ge=0)

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if self.scaling and not self.scaling.least:
            raise ValueError("the worker's scaling needs at least 1: a film that is queued is claimed by a worker")
        return self

    @property
    def working(self) -> int:
        """Minimum number of replicas."""
        return self.scaling.least if self.scaling else self.films

    @property
    def most(self) -> int:
        """Maximum number of replicas at once."""
        return self.scaling.most if self.scaling else self.films


class MediaProfile(BaseModel):
    """Encoding for viewers, in `replicas` of its own beside the web server. `streams`: the number that one encodes at a time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replicas: int = Field(default=1, ge=1)
    streams: int = Field(default=3, ge=1)
    num_cpus: float = Field(default=0.1, ge=0)


class IngressProfile(BaseModel):
    """The web server. With several `replicas` a browser stays with one of them, by a cookie; they run on the head."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replicas: int = Field(default=1, ge=1, le=16)
