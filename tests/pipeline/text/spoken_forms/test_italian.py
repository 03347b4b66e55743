"""Italian as it is said. Sources of the expected text: Accademia della Crusca, consulenza linguistica (numerali, ore, date, secoli); Treccani, "La grammatica
italiana" (numerali, frazioni); DOP (sigle e abbreviazioni).
"""

import pytest

from pipeline.text.spoken_forms.verbalize import verbalize

SENTENCES = [
    ("Ci sono 3 uomini.", "Ci sono tre uomini."),
    ("Ho 21 anni.", "Ho ventuno anni."),
    ("Ne ho visti 28.", "Ne ho visti ventotto."),
    ("Solo 1 uomo.", "Solo un uomo."),
    ("Solo 1 donna.", "Solo una donna."),
    ("Erano 100 case.", "Erano cento case."),
    ("Sono 1.000 lire.", "Sono mille lire."),
    ("Sono 2.000 lire.", "Sono duemila lire."),
    ("La città ha 1.234.567 abitanti.", "La città ha un milione duecentotrentaquattromilacinquecentosessantasette abitanti."),
    ("Pi greco è 3,14.", "Pi greco è tre virgola quattordici."),
    ("Erano -5 fuori.", "Erano meno cinque fuori."),
    ("Nel 1984 no.", "Nel millenovecentottantaquattro no."),
    ("Nel 2024 sì.", "Nel duemilaventiquattro sì."),
    ("Dal 1939-1945.", "Dal millenovecentotrentanove a millenovecentoquarantacinque."),
    ("Il 1º piano.", "Il primo piano."),
    ("La 2ª volta.", "La seconda volta."),
    ("Il 21º giorno.", "Il ventunesimo giorno."),
    ("Costa 5 €.", "Costa cinque euro."),
    ("Costa 1 €.", "Costa un euro."),
    ("Costa 5,50 €.", "Costa cinque euro e cinquanta."),
    ("Mi deve 200 $.", "Mi deve duecento dollari."),
    ("Solo 0,99 €.", "Solo novantanove centesimi."),
    ("Ha 2,5 milioni di euro.", "Ha due virgola cinque milioni di euro."),
    ("Un aumento del 5%.", "Un aumento del cinque per cento."),
    ("Ci vediamo alle 22:30.", "Ci vediamo alle ventidue e trenta."),
    ("Alle 10:30 qui.", "Alle dieci e mezza qui."),
    ("Alle 9:15.", "Alle nove e un quarto."),
    ("Alle 9:45.", "Alle dieci meno un quarto."),
    ("Alle 8:20.", "Alle otto e venti."),
    ("Il 12/05/2024.", "Il dodici maggio duemilaventiquattro."),
    ("Il 1 maggio.", "Il primo maggio."),
    ("Il 1º maggio 2024.", "Il primo maggio duemilaventiquattro."),
    ("Nato il 14 luglio 1950.", "Nato il quattordici luglio millenovecentocinquanta."),
    ("È a 5 km.", "È a cinque chilometri."),
    ("A 90 km/h.", "A novanta chilometri all'ora."),
    ("Pesa 80 kg.", "Pesa ottanta chili."),
    ("Fanno -20 °C.", "Fanno meno venti gradi Celsius."),
    ("Ancora 30 min.", "Ancora trenta minuti."),
    ("Serve ½ tazza.", "Serve mezza tazza."),
    ("Serve ½ litro.", "Serve mezzo litro."),
    ("I 3/4 del tempo.", "I tre quarti del tempo."),
    ("1/3 del film.", "un terzo del film."),
    ("Luigi XIV è morto.", "Luigi quattordicesimo è morto."),
    ("Enrico VIII regnava.", "Enrico ottavo regnava."),
    ("Giovanni Paolo II.", "Giovanni Paolo secondo."),
    ("Nel XX secolo.", "Nel ventesimo secolo."),
    ("Nel secolo XIX.", "Nel secolo diciannovesimo."),
    ("Chiama il 555 0123.", "Chiama il cinque cinque cinque, zero uno due tre."),
    ("Il dott. Rossi è qui.", "Il dottor Rossi è qui."),
    ("La sig.ra Bianchi.", "La signora Bianchi."),
    ("Il sig. Verdi.", "Il signor Verdi."),
    ("Il prof. Neri.", "Il professor Neri."),
    ("G. P. Rossi.", "gi pi Rossi."),
    ("Vai su www.esempio.it oggi.", "Vai su vu vu vu punto esempio punto it oggi."),
    ("Scrivi a bob@esempio.it ora.", "Scrivi a bob chiocciola esempio punto it ora."),
    ("Hanno vinto 3-1.", "Hanno vinto tre a uno."),
    ("Tu & io.", "Tu e io."),
    ("Bello 😀", "Bello"),
    ("L'agente 007.", "L'agente zero zero sette."),
    ("Capitolo 3.", "Capitolo tre."),
    ("La II Guerra Mondiale.", "La seconda Guerra Mondiale."),
    ("Solo 1 ora.", "Solo un'ora."),
    ("Solo 1 amica.", "Solo un'amica."),
    ("Solo 1 studente.", "Solo uno studente."),
    ("Gli anni '80.", "Gli anni ottanta."),
    ("Elisabetta II regnava.", "Elisabetta seconda regnava."),
    ("Ho visto Rocky IV.", "Ho visto Rocky quattro."),
    ("Alle 13:00.", "Alle tredici."),
    ("All'1:00.", "All'una."),
    ("Aspetta 2 ½ ore.", "Aspetta due ore e mezza."),
    ("Costa € 5.", "Costa cinque euro."),
    ("Costa 1.234,56 €.", "Costa milleduecentotrentaquattro euro e cinquantasei."),
    ("#VenerdìNero", "hashtag Venerdì Nero"),
    ("31 persone.", "trentuno persone."),
    ("Pane, latte, ecc.", "Pane, latte, eccetera."),
    ("Il n. 5.", "Il numero cinque."),
    ("Papa Francesco I.", "Papa Francesco primo."),
    ("Chiama il +39 06 1234567.", "Chiama il più tre nove, zero sei, uno due tre quattro cinque sei sette."),
    ("Tra 3-5 giorni.", "Tra tre a cinque giorni."),
    ("Nel sec. XX.", "Nel secolo ventesimo."),
    ("Dal 1939 al 1945.", "Dal millenovecentotrentanove al millenovecentoquarantacinque."),
    ("Luigi XVI.", "Luigi sedicesimo."),
]
UNCHANGED = ["Non lo so.", "La vitamina C aiuta.", "No. No!", "AIUTO!", "Perché?", "Non è qui…", "Il piano B.", "L'hai detto tu."]


@pytest.mark.parametrize(("text", "said"), SENTENCES)
def test_it_is_said_as_a_native_says_it(text: str, said: str) -> None:
    assert verbalize(text, "it") == said


@pytest.mark.parametrize("text", UNCHANGED)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert verbalize(text, "it") == text
