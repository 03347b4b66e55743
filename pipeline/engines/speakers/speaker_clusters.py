"""Speaker clustering of voiceprints: average linkage, then merging of clusters by distance, duration and adjacency.

A voice's embedding moves with the room, the microphone and the music: by 0.16 to 0.33 in cosine distance from one
condition to another, while two similar voices in one condition lie only 0.12 apart. So clusters that take turns, and
share their condition, are kept apart by a small distance; clusters of different scenes are merged at a larger one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.speakers.ge2e_embeddings import Embeddings
from pipeline.engines.speakers.voiceprints import Voiceprints

Labels = NDArray[np.intp]  # (n,) cluster numbers from 0, without holes

MAX_LINKAGE_DISTANCE = 0.25  # mean cosine distance of average linkage: below that of any measured pair of speakers
MAX_LINKED = 3_000  # embeddings in average linkage (about 150 MB); the others join the nearest cluster

# Mean embeddings of two samples of one voice differ by what chance leaves after averaging: less, the longer they are.
# Measured on JFK, LJ Speech, LibriVox, flite (one voice: under) and a telephone call of two women (over).
CHANCE_DISTANCE = (0.04, 0.42)  # cosine distance 0.04 + 0.42 * (1/seconds + 1/seconds), within these bounds:
MAX_DISTANCE_TOGETHER, MAX_DISTANCE_APART = (
    0.11,
    0.22,
)  # of long samples of one voice, in one conversation and in different scenes
MAX_DISTANCE = 0.45  # of samples of one voice, however short
NEIGHBOUR_S = 6.0  # between the voiceprints of two clusters that take turns
FRAGMENT_S = 1.0  # a shorter cluster joins the nearest one


def cluster_voiceprints(prints: Voiceprints, speakers: int | None) -> Labels:
    """Cluster voiceprints: one label each. `speakers`: the exact count, None if unknown."""
    clusters = _Clusters.from_labels(prints, _link_small_clusters(prints.embeddings, speakers or 1))
    while clusters.count > (speakers or 1):
        pair = clusters.find_next_merge(forced=speakers is not None)
        if pair is None:
            break
        clusters.merge(*sorted(pair))
    return clusters.labels


def _link_small_clusters(embeddings: Embeddings, at_least: int) -> Labels:
    """Small clusters of one speaker each, by average linkage over an even sample."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(embeddings) == 1:
        return np.zeros(1, np.intp)
    sample = embeddings[:: -(-len(embeddings) // MAX_LINKED)]
    distances = np.maximum(0.0, 1.0 - sample @ sample.T)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average")
    found = fcluster(tree, MAX_LINKAGE_DISTANCE, "distance")
    if found.max() < at_least:
        found = fcluster(tree, at_least, "maxclust")
    if len(sample) == len(embeddings):
        return np.asarray(found - 1, np.intp)
    return np.argmax(embeddings @ mean_embeddings(sample, np.asarray(found - 1)).T, axis=1)


@dataclass(slots=True)
class _Clusters:
    """Clusters while they are merged: per cluster the weighted sum of embeddings, its seconds, and its adjacency to the others."""

    prints: Voiceprints
    labels: Labels
    sums: NDArray[np.float64]  # (clusters, 256)
    seconds: NDArray[np.float64]  # (clusters,)
    adjacency: NDArray[np.float64]  # (clusters, clusters): seconds of the one near voiceprints of the other

    @classmethod
    def from_labels(cls, prints: Voiceprints, labels: Labels) -> "_Clusters":
        _, labels = np.unique(labels, return_inverse=True)
        count = int(labels.max()) + 1
        weighted = prints.embeddings * prints.seconds[:, None]
        sums = np.stack([weighted[labels == n].sum(axis=0, dtype=np.float64) for n in range(count)])
        clusters = cls(prints, labels, sums, np.bincount(labels, prints.seconds).astype(np.float64), np.zeros((count, count)))
        for n in range(count):
            clusters._update_adjacency(n)
        return clusters

    @property
    def count(self) -> int:
        return len(self.seconds)

    def _update_adjacency(self, n: int) -> None:
        own = self.prints.middles[self.labels == n]
        at = np.searchsorted(own, self.prints.middles)
        before, after = own[np.maximum(at - 1, 0)], own[np.minimum(at, len(own) - 1)]
        gap = np.minimum(np.abs(self.prints.middles - before), np.abs(after - self.prints.middles))
        self.adjacency[:, n] = np.bincount(self.labels, self.prints.seconds * (gap <= NEIGHBOUR_S), self.count)

    def merge(self, keep: int, gone: int) -> None:
        """Put cluster `gone` into `keep`, which has the lower number."""
        self.sums[keep] += self.sums[gone]
        self.seconds[keep] += self.seconds[gone]
        self.adjacency[keep] += self.adjacency[gone]
        self.labels = np.where(self.labels == gone, keep, self.labels)
        self.labels -= self.labels > gone
        self.sums, self.seconds = np.delete(self.sums, gone, 0), np.delete(self.seconds, gone)
        self.adjacency = np.delete(np.delete(self.adjacency, gone, 0), gone, 1)
        self._update_adjacency(keep)

    def find_next_merge(self, *, forced: bool) -> tuple[int, int] | None:
        """Find the pair that most probably is one speaker; None if no pair is and `forced` is False."""
        directions = normalize_rows(self.sums)
        distances = 1.0 - directions @ directions.T
        np.fill_diagonal(distances, np.inf)
        fragments = np.flatnonzero(self.seconds < FRAGMENT_S)
        if len(fragments) and len(fragments) < self.count:
            gone = int(fragments[np.argmin(self.seconds[fragments])])
            return gone, int(np.argmin(np.where(self.seconds >= FRAGMENT_S, distances[gone], np.inf)))
        excess = distances / self._compute_max_distances()
        first, second = np.unravel_index(np.argmin(excess), excess.shape)
        return (int(first), int(second)) if forced or excess[first, second] <= 1.0 else None

    def _compute_max_distances(self) -> NDArray[np.float64]:
        """Largest distance of two clusters of one voice, (clusters, clusters)."""
        share = self.adjacency / self.seconds[:, None]
        together = np.minimum(share, share.T)  # 1.0: each is always near the other
        least = MAX_DISTANCE_APART + (MAX_DISTANCE_TOGETHER - MAX_DISTANCE_APART) * np.clip(together, 0.0, 1.0)
        shortness = 1 / self.seconds[:, None] + 1 / self.seconds[None, :]
        return np.asarray(np.clip(CHANCE_DISTANCE[0] + CHANCE_DISTANCE[1] * shortness, least, MAX_DISTANCE))


def mean_embeddings(embeddings: Embeddings, labels: Labels) -> Embeddings:
    """Mean direction of each label that occurs, (labels, 256)."""
    return normalize_rows(np.stack([embeddings[labels == label].mean(axis=0) for label in np.unique(labels)])).astype(np.float32)


def normalize_rows(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Normalize each row to length 1; a row of zeros stays."""
    wide = rows.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-9))
