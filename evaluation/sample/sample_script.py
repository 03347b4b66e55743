"""Script of the sample film, with a reference translation into Spanish. Written for this project."""

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

# Pocketsphinx hears most of these words over the music; sentences that it made something unseemly of were written anew.
SCENES = (
    Scene(
        "In the kitchen",
        (
            Sentence(ANNA, "Good morning. The sun is shining and the sky is clear."),
            Sentence(BEN, "What a beautiful day. We could walk to the lake."),
            Sentence(CARL, "I have fresh bread from the bakery and some cheese."),
            Sentence(ANNA, "We should take some fruit from the garden."),
            Sentence(BEN, "My grandmother gave me a jar of honey yesterday."),
            Sentence(CARL, "Wonderful. Who wants to carry the basket?"),
            Sentence(ANNA, "I can carry it. It is not very heavy."),
        ),
    ),
    Scene(
        "On the path",
        (
            Sentence(BEN, "When I was a child, I knew all these trees."),
            Sentence(CARL, "In October you can find mushrooms in the forest."),
            Sentence(ANNA, "Do you hear the birds? They are singing for us."),
            Sentence(BEN, "I think that they want to have our bread."),
            Sentence(CARL, "My father taught me the names of the flowers."),
            Sentence(ANNA, "We always learn something new when we come here."),
        ),
    ),
    Scene(
        "At the lake",
        (
            Sentence(BEN, "Here we are. The lake is beautiful in the morning."),
            Sentence(CARL, "Let us sit down here and have some breakfast."),
            Sentence(ANNA, "I am so hungry that I could eat everything."),
            Sentence(BEN, "I think that this is the best breakfast of the year."),
            Sentence(CARL, "We should come back next week with all our friends."),
            Sentence(ANNA, "Yes, and then we can swim across to the island."),
            Sentence(BEN, "I will bring the music, and you can bring the food."),
            Sentence(CARL, "That is a good idea. Thank you for a beautiful morning."),
        ),
    ),
)

# The same in Spanish, sentence by sentence, by none of the engines: what translations are measured against. It was written
# for this project, and no professional translator has seen it.
SPANISH = (
    "Buenos días. Brilla el sol y el cielo está despejado.",
    "Qué día tan bonito. Podríamos ir andando al lago.",
    "Tengo pan recién hecho de la panadería y un poco de queso.",
    "Deberíamos llevar algo de fruta del jardín.",
    "Mi abuela me dio ayer un tarro de miel.",
    "Estupendo. ¿Quién quiere llevar la cesta?",
    "Puedo llevarla yo. No pesa mucho.",
    "Cuando era niño, conocía todos estos árboles.",
    "En octubre se pueden encontrar setas en el bosque.",
    "¿Oís los pájaros? Cantan para nosotros.",
    "Creo que quieren nuestro pan.",
    "Mi padre me enseñó los nombres de las flores.",
    "Siempre aprendemos algo nuevo cuando venimos aquí.",
    "Ya hemos llegado. El lago está precioso por la mañana.",
    "Sentémonos aquí a desayunar.",
    "Tengo tanta hambre que podría comérmelo todo.",
    "Creo que este es el mejor desayuno del año.",
    "Deberíamos volver la semana que viene con todos nuestros amigos.",
    "Sí, y entonces podremos cruzar a nado hasta la isla.",
    "Yo traeré la música y tú puedes traer la comida.",
    "Buena idea. Gracias por una mañana tan bonita.",
)
