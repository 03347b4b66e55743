"""French as it is said in France. Sources of the expected text: Office québécois de la langue française (Banque de dépannage linguistique: nombres, heures,
dates, fractions); Imprimerie nationale, "Lexique des règles typographiques"; Académie française (siècles, souverains).
"""

import pytest

from pipeline.text.spoken_forms.verbalize import verbalize

SENTENCES = [
    ("Il y a 3 hommes.", "Il y a trois hommes."),
    ("J'ai 21 ans.", "J'ai vingt et un ans."),
    ("Il a 71 ans.", "Il a soixante et onze ans."),
    ("Elle a 80 ans.", "Elle a quatre-vingts ans."),
    ("Il en reste 99.", "Il en reste quatre-vingt-dix-neuf."),
    ("J'ai vu 21 femmes.", "J'ai vu vingt et une femmes."),
    ("Donne-moi 1 minute.", "Donne-moi une minute."),
    ("Il reste 1 jour.", "Il reste un jour."),
    ("200 soldats sont morts.", "deux cents soldats sont morts."),
    ("La ville a 1 234 567 habitants.", "La ville a un million deux cent trente-quatre mille cinq cent soixante-sept habitants."),
    ("Il y en a 1.500.", "Il y en a mille cinq cents."),
    ("Pi vaut 3,14.", "Pi vaut trois virgule quatorze."),
    ("C'était -5 dehors.", "C'était moins cinq dehors."),
    ("En 1984, rien.", "En mille neuf cent quatre-vingt-quatre, rien."),
    ("En 2024 aussi.", "En deux mille vingt-quatre aussi."),
    ("De 1939-1945.", "De mille neuf cent trente-neuf à mille neuf cent quarante-cinq."),
    ("Le 1er étage.", "Le premier étage."),
    ("La 1re fois.", "La première fois."),
    ("La 2e fois.", "La deuxième fois."),
    ("Le 21e jour.", "Le vingt et unième jour."),
    ("Ça coûte 5 €.", "Ça coûte cinq euros."),
    ("Ça coûte 1 €.", "Ça coûte un euro."),
    ("Ça coûte 5,50 €.", "Ça coûte cinq euros cinquante."),
    ("Il me doit 200 $.", "Il me doit deux cents dollars."),
    ("À 0,99 €.", "À quatre-vingt-dix-neuf centimes."),
    ("Ils ont 2,5 millions d'euros.", "Ils ont deux virgule cinq millions d'euros."),
    ("Un gain de 5 %.", "Un gain de cinq pour cent."),
    ("Rendez-vous à 22h30.", "Rendez-vous à vingt-deux heures trente."),
    ("À 10 h 15, ici.", "À dix heures quinze, ici."),
    ("À 1h00.", "À une heure."),
    ("À 12h00.", "À midi."),
    ("À 21:05.", "À vingt et une heures cinq."),
    ("Le 12/05/2024.", "Le douze mai deux mille vingt-quatre."),
    ("Le 1 mai.", "Le premier mai."),
    ("Le 1er mai 2024.", "Le premier mai deux mille vingt-quatre."),
    ("Né le 14 juillet 1789.", "Né le quatorze juillet mille sept cent quatre-vingt-neuf."),
    ("C'est à 5 km.", "C'est à cinq kilomètres."),
    ("À 90 km/h.", "À quatre-vingt-dix kilomètres à l'heure."),
    ("Il pèse 80 kg.", "Il pèse quatre-vingts kilos."),
    ("Il fait -20 °C.", "Il fait moins vingt degrés Celsius."),
    ("Encore 30 min.", "Encore trente minutes."),
    ("Il faut ½ tasse.", "Il faut une demi-tasse."),
    ("Il faut ½ litre.", "Il faut un demi-litre."),
    ("Les 3/4 du temps.", "Les trois quarts du temps."),
    ("1/3 du film.", "un tiers du film."),
    ("Louis XIV est mort.", "Louis quatorze est mort."),
    ("François Ier régnait.", "François premier régnait."),
    ("Napoléon III aussi.", "Napoléon trois aussi."),
    ("Au XXe siècle.", "Au vingtième siècle."),
    ("Au XXIe siècle.", "Au vingt et unième siècle."),
    ("Appelez le 01 23 45 67 89.", "Appelez le zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf."),
    ("M. Dupont est là.", "monsieur Dupont est là."),
    ("Mme Durand aussi.", "madame Durand aussi."),
    ("Le Dr Martin.", "Le docteur Martin."),
    ("J. R. Tolkien.", "ji erre Tolkien."),
    ("Allez sur www.exemple.fr.", "Allez sur trois double vé point exemple point effe erre."),
    ("Écris à bob@exemple.fr.", "Écris à bob arobase exemple point effe erre."),
    ("Ils ont gagné 3-1.", "Ils ont gagné trois à un."),
    ("Toi & moi.", "Toi et moi."),
    ("Super 😀", "Super"),
    ("L'agent 007.", "L'agent zéro zéro sept."),
]
UNCHANGED = [
    "Je ne sais pas.",
    "La vitamine C aide.",
    "Non. Non !",
    "AIDEZ-MOI !",
    "C'est-à-dire ?",
    "Il n'est pas là…",
    "Le plan B.",
    "Tu l'as dit.",
]


@pytest.mark.parametrize(("text", "said"), SENTENCES)
def test_it_is_said_as_a_native_says_it(text: str, said: str) -> None:
    assert verbalize(text, "fr") == said


@pytest.mark.parametrize("text", UNCHANGED)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert verbalize(text, "fr") == text
