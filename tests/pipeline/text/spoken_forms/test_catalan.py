"""Catalan as it is said. Sources of the expected text: Optimot and "Gramàtica essencial de la llengua catalana" (IEC, numerals);
ésAdir, llibre d'estil de la CCMA (hores, dates, xifres, telèfons); TERMCAT (unitats, monedes).
"""

import pytest

from pipeline.text.spoken_forms.verbalize import verbalize

SPOKEN = {
    # cardinals and agreement
    "Tinc 22 anys.": "Tinc vint-i-dos anys.",
    "Som 2 dones.": "Som dues dones.",
    "Hi havia 200 persones.": "Hi havia dues-centes persones.",
    "Són 2.000 persones.": "Són dues mil persones.",
    "He llegit 342 pàgines.": "He llegit tres-centes quaranta-dues pàgines.",
    "Espera 1 hora.": "Espera una hora.",
    "Només 1 vegada.": "Només una vegada.",
    "Costa 1.250 pessetes.": "Costa mil dues-centes cinquanta pessetes.",
    "Hi viuen 1.234.567 habitants.": "Hi viuen un milió dos-cents trenta-quatre mil cinc-cents seixanta-set habitants.",
    "Som 8.000.000.000.": "Som vuit mil milions.",
    "Va guanyar 3 milions.": "Va guanyar tres milions.",
    "Un nen de 11 anys.": "Un nen d'onze anys.",
    "Habitació 205.": "Habitació dos-cents cinc.",
    "Agent 007.": "Agent zero zero set.",
    "17 homes i 18 gats.": "disset homes i divuit gats.",
    # decimals and negative numbers
    "Pi val 3,14.": "Pi val tres coma catorze.",
    "Un sisme de 7,05.": "Un sisme de set coma zero cinc.",
    "Estem a -5 graus.": "Estem a menys cinc graus.",
    "Ha pujat un 2,5 %.": "Ha pujat un dos coma cinc per cent.",
    "El 40% no vota.": "El quaranta per cent no vota.",
    # years and dates
    "Vaig néixer el 1984.": "Vaig néixer el mil nou-cents vuitanta-quatre.",
    "És del 2024.": "És del dos mil vint-i-quatre.",
    "Els anys 80.": "Els anys vuitanta.",
    "Va morir el 44 aC a Roma.": "Va morir el quaranta-quatre abans de Crist a Roma.",
    "El 12/05/2024 ens casem.": "El dotze de maig de dos mil vint-i-quatre ens casem.",
    "Fou el 5 de desembre del 1999.": "Fou el cinc de desembre de mil nou-cents noranta-nou.",
    "El 3 d'abril.": "El tres d'abril.",
    "L'11 de setembre.": "L'onze de setembre.",
    "La guerra de 1936-1939.": "La guerra de mil nou-cents trenta-sis a mil nou-cents trenta-nou.",
    # times
    "Vine a les 10:30.": "Vine a dos quarts d'onze.",
    "Surt a les 7.45 h.": "Surt a tres quarts de vuit.",
    "Quedem a les 10:15 p.m. a casa.": "Quedem a un quart d'onze de la nit a casa.",
    "Són les 10:05.": "Són les deu i cinc.",
    "Tanquen a les 20:00.": "Tanquen a les vint hores.",
    "Em llevo a les 6 a.m. en punt.": "Em llevo a les sis del matí en punt.",
    "A les 2 dinem.": "A les dues dinem.",
    "Dura 2 h 10 min.": "Dura dues hores i deu minuts.",
    # money
    "Són $5.50.": "Són cinc dòlars amb cinquanta.",
    "Val 3,99 € el quilo.": "Val tres euros amb noranta-nou el quilo.",
    "Deu 1.000.000 €.": "Deu un milió d'euros.",
    "Van robar $2 milions.": "Van robar dos milions de dòlars.",
    "Em va costar 202 £.": "Em va costar dues-centes dues lliures.",
    "Falten 0,50 €.": "Falten cinquanta cèntims.",
    # units, fractions
    "Anava a 120 km/h.": "Anava a cent vint quilòmetres per hora.",
    "Fa -20 °C.": "Fa menys vint graus Celsius.",
    "Pesa 1,5 kg.": "Pesa un coma cinc quilos.",
    "Afegeix 1/2 tassa de llet.": "Afegeix mitja tassa de llet.",
    "Espera ¾ d'hora.": "Espera tres quarts d'hora.",
    "Beu 2 ½ litres.": "Beu dos litres i mig.",
    "Dona'm 1/3.": "Dona'm un terç.",
    "Només 2/5.": "Només dos cinquens.",
    # ordinals, Roman numerals
    "Viu al 3r pis, 2a porta.": "Viu al tercer pis, segona porta.",
    "El 1r, el 4t i el 5è.": "El primer, el quart i el cinquè.",
    "La 9a i la 25a edició.": "La novena i la vint-i-cinquena edició.",
    "Jaume I i Lluís XIV.": "Jaume primer i Lluís catorze.",
    "Elisabet II visqué al segle XX.": "Elisabet segona visqué al segle vint.",
    "Al segle V.": "Al segle cinquè.",
    "Va morir a la II Guerra Mundial.": "Va morir a la segona Guerra Mundial.",
    "Has vist Rocky IV?": "Has vist Rocky quatre?",
    # telephones, ranges, scores
    "Truca al 93 456 78 90.": "Truca al nou tres, quatre cinc sis, set vuit, nou zero.",
    "Triga 3-5 dies.": "Triga tres a cinc dies.",
    "Hem guanyat 3-2.": "Hem guanyat tres a dos.",
    # abbreviations, initials, addresses, symbols
    "El Sr. Puig i la Dra. Roca.": "El senyor Puig i la doctora Roca.",
    "Pa, llet, etc.": "Pa, llet, etcètera.",
    "J. F. Kennedy va morir a Dallas.": "jota efa Kennedy va morir a Dallas.",
    "Escriu a anna.puig@gmail.com.": "Escriu a anna punt puig arrova gmail punt com.",
    "Mira www.ara.cat avui.": "Mira ve doble ve doble ve doble punt ara punt cat avui.",
    "#DivendresNegre a @la_botiga 😀": "etiqueta Divendres Negre a arrova la botiga",
    "2 + 2 = 4 & ja.": "dos més dos igual a quatre i ja.",
    "Un cotxe 4x4.": "Un cotxe quatre per quatre.",
    "El núm. 5.": "El número cinc.",
    # notations
    "Corre 5-10 km.": "Corre cinc a deu quilòmetres.",
    "És del s. XIX.": "És del segle dinou.",
    "Del 11 al 12.": "De l'onze al dotze.",
    "L'1 de maig.": "El primer de maig.",
    "Té 21 cases i 21 cotxes.": "Té vint-i-una cases i vint-i-un cotxes.",
    "Som a 40º.": "Som a quaranta graus.",
    # hours, millions, ranges
    "Són les 12:45.": "Són tres quarts d'una.",
    "A les 12:30.": "A dos quarts d'una.",
    "Vine a la 1.": "Vine a la una.",
    "1.000.000 habitants.": "un milió d'habitants.",
    "Val $2M o €3bn.": "Val dos milions de dòlars o tres mil milions d'euros.",
    "Entre 3-5 dies.": "Entre tres i cinc dies.",
    "20 USD, 5 GBP i 100 JPY.": "vint dòlars, cinc lliures i cent iens.",
    # initials and letters
    "Carles V. Puig arriba.": "Carles ve baixa Puig arriba.",
    "Carles V. Ell va morir.": "Carles cinquè. Ell va morir.",
    "Joan XXIII, part I.": "Joan vint-i-tres, part un.",
    "La F.B.I. ve.": "La efa be i ve.",
    "Sí 👍🏽 és clar.": "Sí és clar.",
    "Apollo 13, F-16 i 3D.": "Apollo tretze, F-setze i tres D.",
    "Afegeix 1/3 tassa.": "Afegeix un terç de tassa.",
    "En 1/4 hora.": "En un quart d'hora.",
    "Dura 1h30m.": "Dura una hora i trenta minuts.",
}  # fmt: skip

UNCHANGED = (
    "Véns? No.",
    "No. Mai.",
    "Pren vitamina C. Després dorm.",
    "Vitamina D. Et falta.",
    "NO PUC MÉS!",
    "La NASA i l'ONU ho saben.",
    "Talla XL, sisplau.",
    "Jo... no ho sé —va dir.",
    "L'un i l'altre.",
    "Pla B. Corre.",
    "Jaume primer vol sopar.",
)


@pytest.mark.parametrize(("written", "spoken"), SPOKEN.items())
def test_catalan_is_said_as_people_say_it(written, spoken):
    assert verbalize(written, "ca") == spoken


@pytest.mark.parametrize("text", UNCHANGED)
def test_catalan_text_without_figures_stays_as_it_is(text):
    assert verbalize(text, "ca") == text
