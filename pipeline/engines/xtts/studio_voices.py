"""Studio voices of XTTS v2: the packaged voices, for speakers without a reference clip to clone."""

from collections.abc import Collection, Sequence

from pipeline.values.timeline import Register, Speaker

HIGH_VOICES = frozenset(
    {
        "Claribel Dervla", "Daisy Studious", "Gracie Wise", "Tammie Ema", "Alison Dietlinde", "Ana Florence",
        "Annmarie Nele", "Asya Anara", "Brenda Stern", "Gitta Nikolina", "Henriette Usha", "Sofia Hellen",
        "Tammy Grit", "Tanja Adelina", "Vjollca Johnnie", "Nova Hogarth", "Maja Ruoho", "Uta Obando",
        "Lidiya Szekeres", "Chandra MacFarland", "Szofi Granger", "Camilla Holmström", "Lilya Stainthorpe",
        "Zofija Kendrick", "Narelle Moon", "Barbora MacLean", "Alexandra Hisakawa", "Alma María", "Rosemary Okafor"
    }
)  # fmt: skip
LOW_VOICES = frozenset(
    {
        "Andrew Chipper", "Badr Odhiambo", "Dionisio Schuyler", "Royston Min", "Viktor Eka", "Abrahan Mack",
        "Adde Michal", "Baldur Sanjin", "Craig Gutsy", "Damien Black", "Gilberto Mathias", "Ilkin Urbano",
        "Kazuhiko Atallah", "Ludvig Milivoj", "Suad Qasim", "Torcull Diarmuid", "Viktor Menelaos", "Zacharie Aimilios",
        "Ige Behringer", "Filip Traverse", "Damjan Chapman", "Wulf Carlevaro", "Aaron Dreschner", "Kumar Dahl",
        "Eugenio Mataracı", "Ferran Simen", "Xavier Hayasaka", "Luis Moray", "Marcos Rudaski"
    }
)  # fmt: skip


def assign_voices(speakers: Sequence[Speaker], names: Collection[str]) -> tuple[str, ...]:
    """A name per speaker, in order: of the speaker's register where there is one, distinct while the supply lasts.

    Names that are not XTTS v2's own may be either. A speaker of unknown pitch gets a low voice, as bit parts mostly do.
    """
    supply = {register: _names_of_register(names, register) for register in Register}
    taken: list[str] = []
    for speaker in speakers:
        fitting = supply[speaker.register or Register.LOW]
        taken.append(min(fitting, key=lambda name: (taken.count(name), fitting.index(name))))
    return tuple(taken)


def sort_voices(names: Collection[str]) -> tuple[str, ...]:
    """Sort names by register: those known as low, those known as high, then the others."""
    return tuple(sorted(names, key=lambda name: (name not in LOW_VOICES, name not in HIGH_VOICES, name)))


def _names_of_register(names: Collection[str], register: Register) -> tuple[str, ...]:
    """The names for a register, those known to have it first; all names if none fits."""
    own, other = (HIGH_VOICES, LOW_VOICES) if register is Register.HIGH else (LOW_VOICES, HIGH_VOICES)
    fitting = sorted(name for name in names if name in own) + sorted(name for name in names if name not in own | other)
    return tuple(fitting or sorted(names))
