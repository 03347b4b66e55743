"""What is said in the sample film: three friends, a walk and a breakfast. Written for this project."""

from dataclasses import dataclass

TITLE = "A Morning at the Lake"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and the flite voice that says it."""

    voice: str
    text: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A chapter of the film."""

    title: str
    sentences: tuple[Sentence, ...]


ANNA, BEN, CARL = "slt", "awb", "rms"  # a woman and two men: flite's voices that were made from real speakers

SCENES = (
    Scene(
        "In the kitchen",
        (
            Sentence(ANNA, "Good morning. The sun is shining and the sky is clear."),
            Sentence(BEN, "What a beautiful day. We could walk to the lake."),
            Sentence(CARL, "I have fresh bread from the bakery and some cheese."),
            Sentence(ANNA, "Then we need fruit. There are apples in the garden."),
            Sentence(BEN, "My grandmother gave me a jar of honey yesterday."),
            Sentence(CARL, "Wonderful. Who wants to carry the basket?"),
            Sentence(ANNA, "I can carry it. The path is not very long."),
        ),
    ),
    Scene(
        "On the path",
        (
            Sentence(BEN, "Look at the trees. The leaves are already turning yellow."),
            Sentence(CARL, "In the autumn this forest is full of mushrooms."),
            Sentence(ANNA, "Listen. I can hear a bird in that old tree."),
            Sentence(BEN, "When I was a child, I knew all their names."),
            Sentence(CARL, "My father taught me the names of the flowers."),
            Sentence(ANNA, "We learn something new every time we come here."),
        ),
    ),
    Scene(
        "At the lake",
        (
            Sentence(BEN, "Here is the lake. The water is calm and very blue."),
            Sentence(CARL, "Let us sit under the big tree, near the boat."),
            Sentence(ANNA, "The bread is still warm, and the honey is sweet."),
            Sentence(BEN, "This is the best breakfast of the whole year."),
            Sentence(CARL, "We should come back next week with our friends."),
            Sentence(ANNA, "Yes, and then we can swim to the little island."),
            Sentence(BEN, "I will bring the music, and you bring the cake."),
            Sentence(CARL, "Agreed. Thank you both for a perfect morning."),
        ),
    ),
)
