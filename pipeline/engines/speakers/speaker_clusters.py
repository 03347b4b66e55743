"""Speaker clustering of voiceprints: average linkage, then merging of clusters by distance, duration, adjacency and separation.

Windows over a change of speakers lie between two voices, blur both and chain them, so the clusters are those of the windows whose
halves are most alike, where these show more voices than all windows do; the others join the nearest.
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
PURE_SHARE = (
    0.6  # of the windows, those with the most similar halves: a fifth of all windows holds two speakers, of these one in 25
)

# Separation of two clusters: the distance of their means along the line between them, in standard deviations. It needs no scale,
# so music and rooms do not move it. One voice cut in two had 3.3 to 6.3 in seconds of speech enough, two voices 7.1 to 25.
MAX_SEPARATION = 7.0
MIN_SEPARATED_S = 8.0  # of each cluster: few windows have a small spread by chance
MIN_TOGETHER = 0.05  # share of adjacent speech: clusters of different scenes may be one voice in two rooms


def cluster_voiceprints(prints: Voiceprints, speakers: int | None, *, pure: NDArray[np.bool_] | None = None) -> Labels:
    """Cluster voiceprints: one label each. `speakers`: the exact count, None if unknown. `pure`: windows within one voice.

    Where the count is unknown and the pure windows show more voices than all windows do, theirs are the clusters.
    """
    every = _cluster_windows(prints, speakers)
    if speakers is not None or pure is None or not pure.any():
        return every
    labels = _cluster_windows(_select_windows(prints, pure), None, by_spread=True)
    if labels.max() <= every.max():
        return every
    joined = np.argmax(prints.embeddings @ mean_embeddings(prints.embeddings[pure], labels).T, axis=1)
    joined[pure] = labels
    return joined


def find_pure_windows(prints: Voiceprints, halves: Voiceprints, *, window_s: float) -> NDArray[np.bool_]:
    """Find the windows of one voice, (n,): those whose halves are most alike. `halves`: windows of half the length, in the same speech.

    A region shorter than a window counts for none, because it was repeated to fill it. All of them where no region is long enough.
    """
    ends = (_find_nearest(halves.middles, prints.middles + side * window_s / 4) for side in (-1.0, 1.0))
    before, after = (halves.embeddings[at] for at in ends)
    whole = np.bincount(prints.regions)[prints.regions] > 1  # a region of several windows is longer than one
    if not whole.any():
        return np.ones(len(prints.middles), bool)
    likeness = np.einsum("ij,ij->i", before, after)
    return np.asarray(whole & (likeness >= np.quantile(likeness[whole], 1.0 - PURE_SHARE)))


def _find_nearest(sorted_times: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    after = np.clip(np.searchsorted(sorted_times, wanted), 1, max(1, len(sorted_times) - 1))
    before = after - 1
    after = np.minimum(after, len(sorted_times) - 1)
    return np.where(np.abs(sorted_times[before] - wanted) <= np.abs(sorted_times[after] - wanted), before, after)


def _select_windows(prints: Voiceprints, chosen: NDArray[np.bool_]) -> Voiceprints:
    """The chosen windows, which stand for the speech of all."""
    seconds = prints.seconds[chosen] * (prints.seconds.sum() / prints.seconds[chosen].sum())
    return Voiceprints(prints.embeddings[chosen], prints.middles[chosen], prints.regions[chosen], seconds)


def _cluster_windows(prints: Voiceprints, speakers: int | None, *, by_spread: bool = False) -> Labels:
    """`by_spread`: near clusters are kept apart by their spread, which windows over a change would widen."""
    clusters = _Clusters.from_labels(prints, _link_small_clusters(prints.embeddings, speakers or 1))
    while clusters.count > (speakers or 1):
        pair = clusters.find_next_merge(forced=speakers is not None, by_spread=by_spread)
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

    def find_next_merge(self, *, forced: bool, by_spread: bool = False) -> tuple[int, int] | None:
        """Find the pair that most probably is one speaker; None if no pair is and `forced` is False."""
        directions = normalize_rows(self.sums)
        distances = 1.0 - directions @ directions.T
        np.fill_diagonal(distances, np.inf)
        fragments = np.flatnonzero(self.seconds < FRAGMENT_S)
        if len(fragments) and len(fragments) < self.count:
            gone = int(fragments[np.argmin(self.seconds[fragments])])
            return gone, int(np.argmin(np.where(self.seconds >= FRAGMENT_S, distances[gone], np.inf)))
        together = self._compute_togetherness()
        excess = distances / self._compute_max_distances(together)
        for pair in np.argsort(excess, axis=None):
            first, second = divmod(int(pair), self.count)
            if not by_spread or not self._are_separate(first, second, float(together[first, second])):
                return (first, second) if forced or excess[first, second] <= 1.0 else None
        return None

    def _are_separate(self, first: int, second: int, together: float) -> bool:
        """True for two long clusters of the same scenes that are too far apart for one voice, in their own spread."""
        if min(self.seconds[first], self.seconds[second]) < MIN_SEPARATED_S or together < MIN_TOGETHER:
            return False
        one, other = (self.prints.embeddings[self.labels == n].astype(np.float64) for n in (first, second))
        line = normalize_rows(one.mean(axis=0) - other.mean(axis=0))
        spread = np.concatenate([each @ line - (each @ line).mean() for each in (one, other)]).std()
        return bool((one @ line).mean() - (other @ line).mean() > MAX_SEPARATION * spread)

    def _compute_togetherness(self) -> NDArray[np.float64]:
        """Share of the one's speech near the other's, the smaller of both, (clusters, clusters); 1.0: each is always near the other."""
        share = self.adjacency / self.seconds[:, None]
        return np.minimum(share, share.T)

    def _compute_max_distances(self, together: NDArray[np.float64]) -> NDArray[np.float64]:
        """Largest distance of two clusters of one voice, (clusters, clusters)."""
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
