"""Spanish as it is said. Sources of the expected text: RAE and ASALE, "Diccionario panhispánico de dudas" (cardinales, ordinales,
fraccionarios, números, hora, fecha, abreviatura) and "Ortografía de la lengua española" (chapter VIII); Fundéu (euros, siglos).
"""

import pytest

from pipeline.text.spoken_forms.verbalize import verbalize

SPOKEN = {
    # cardinals and agreement
    "Tengo 21 años.": "Tengo veintiún años.",
    "Somos 31 personas.": "Somos treinta y una personas.",
    "Había 200 mujeres y 1 hombre.": "Había doscientas mujeres y un hombre.",
    "Solo lo diré 1 vez.": "Solo lo diré una vez.",
    "Cuesta 1.250 pesos.": "Cuesta mil doscientos cincuenta pesos.",
    "Murieron 500.000 personas.": "Murieron quinientas mil personas.",
    "Viven 1.234.567 habitantes.": "Viven un millón doscientos treinta y cuatro mil quinientos sesenta y siete habitantes.",
    "Vendimos 21.000 discos.": "Vendimos veintiún mil discos.",
    "Son 200 mil personas.": "Son doscientas mil personas.",
    "Hay 8 000 000 000 de humanos.": "Hay ocho mil millones de humanos.",
    "Ganó 3 millones.": "Ganó tres millones.",
    "Uno de cada 3, el 1 llega tarde.": "Uno de cada tres, el uno llega tarde.",
    "Habitación 101.": "Habitación ciento uno.",
    "Agente 007, al habla.": "Agente cero cero siete, al habla.",
    # decimals and negative numbers
    "Pi vale 3,14.": "Pi vale tres coma catorce.",
    "Un terremoto de 7,05.": "Un terremoto de siete coma cero cinco.",
    "Estamos a -5 grados.": "Estamos a menos cinco grados.",
    "Subió un 2,5 %.": "Subió un dos coma cinco por ciento.",
    "El 40% no vota.": "El cuarenta por ciento no vota.",
    # years and dates
    "Nací en 1984.": "Nací en mil novecientos ochenta y cuatro.",
    "En los años 80.": "En los años ochenta.",
    "La moda de los '60.": "La moda de los sesenta.",
    "Murió en el 44 a. C. en Roma.": "Murió en el cuarenta y cuatro antes de Cristo en Roma.",
    "El 12/05/2024 nos casamos.": "El doce de mayo de dos mil veinticuatro nos casamos.",
    "Fue el 5 de diciembre de 1999.": "Fue el cinco de diciembre de mil novecientos noventa y nueve.",
    "El 1.º de mayo no trabajo.": "El primero de mayo no trabajo.",
    "Versión del 2023-11-02.": "Versión del dos de noviembre de dos mil veintitrés.",
    "La guerra de 1936-1939.": "La guerra de mil novecientos treinta y seis a mil novecientos treinta y nueve.",
    # times
    "Quedamos a las 10:30 p.m. en casa.": "Quedamos a las diez y media de la noche en casa.",
    "El tren sale a las 7:45.": "El tren sale a las ocho menos cuarto.",
    "Ven a las 12:45.": "Ven a la una menos cuarto.",
    "Cierran a las 20:00.": "Cierran a las veinte horas.",
    "Llegó a las 15:05.": "Llegó a las quince cero cinco.",
    "Despierta a las 6 a. m. en punto.": "Despierta a las seis de la mañana en punto.",
    "Te espero a la 1.": "Te espero a la una.",
    "La película dura 2 h 10 min.": "La película dura dos horas y diez minutos.",
    # money
    "Son $5.50.": "Son cinco dólares con cincuenta.",
    "Vale 3,99 € el kilo.": "Vale tres euros con noventa y nueve el kilo.",
    "Debe 1.000.000 €.": "Debe un millón de euros.",
    "Robaron $2 millones.": "Robaron dos millones de dólares.",
    "Me costó 201 £.": "Me costó doscientas una libras.",
    "Faltan 0,50 €.": "Faltan cincuenta céntimos.",
    # units, fractions
    "Iba a 120 km/h.": "Iba a ciento veinte kilómetros por hora.",
    "Hace -20 °C.": "Hace menos veinte grados Celsius.",
    "Pesa 1,5 kg.": "Pesa uno coma cinco kilos.",
    "Añade 1/2 taza de leche.": "Añade media taza de leche.",
    "Espera ¾ de hora.": "Espera tres cuartos de hora.",
    "Bebe 2 ½ litros.": "Bebe dos litros y medio.",
    "Dame 1/3.": "Dame un tercio.",
    # ordinals, Roman numerals
    "Vive en el 3.er piso, 2.ª puerta.": "Vive en el tercer piso, segunda puerta.",
    "El 25.º aniversario.": "El vigésimo quinto aniversario.",
    "Felipe II y Luis XIV.": "Felipe segundo y Luis catorce.",
    "Isabel II vivió en el siglo XX.": "Isabel segunda vivió en el siglo veinte.",
    "Murió en la II Guerra Mundial.": "Murió en la segunda Guerra Mundial.",
    "¿Viste Rocky IV?": "¿Viste Rocky cuatro?",
    # telephones, ranges, scores
    "Llama al 600 123 456.": "Llama al seis cero cero, uno dos tres, cuatro cinco seis.",
    "Tarda 3-5 días.": "Tarda tres a cinco días.",
    "Ganamos 3-1.": "Ganamos tres a uno.",
    # abbreviations, initials, addresses, symbols
    "El Sr. López y la Dra. Ruiz.": "El señor López y la doctora Ruiz.",
    "Pan, leche, etc.": "Pan, leche, etcétera.",
    "Vive en EE. UU. desde enero.": "Vive en Estados Unidos desde enero.",
    "J. F. Kennedy murió en Dallas.": "jota efe Kennedy murió en Dallas.",
    "Escribe a ana.lopez@gmail.com.": "Escribe a ana punto lopez arroba gmail punto com.",
    "Visita www.rtve.es hoy.": "Visita uve doble uve doble uve doble punto rtve punto es hoy.",
    "#ViernesNegro en @la_tienda 😀": "hashtag Viernes Negro en arroba la tienda",
    "2 + 2 = 4 & ya.": "dos más dos igual a cuatro y ya.",
    "Un coche 4x4.": "Un coche cuatro por cuatro.",
    "El n.º 5 de Chanel.": "El número cinco de Chanel.",
    # notations
    "Corre 5-10 km.": "Corre cinco a diez kilómetros.",
    "A 1,99 €/kg.": "A un euro con noventa y nueve por kilo.",
    "Es del s. XIX.": "Es del siglo diecinueve.",
    "Entre los siglos XIX y XX.": "Entre los siglos diecinueve y veinte.",
    "Estamos a 40º.": "Estamos a cuarenta grados.",
    "Sacó un 6'5 en mates.": "Sacó un seis coma cinco en mates.",
    "Es la 1ra vez.": "Es la primera vez.",
    "Un premio de $1,500.": "Un premio de mil quinientos dólares.",
    "Van 3:1.": "Van tres a uno.",
    "El No. 5 gana.": "El número cinco gana.",
    "¿Mucho? No. 5 minutos.": "¿Mucho? No. cinco minutos.",
    "Pan, etc. Luego vino.": "Pan, etcétera. Luego vino.",
    "Llama al 1-800-555-0199.": "Llama al uno, ocho cero cero, cinco cinco cinco, cero uno nueve nueve.",
    "Mira x.com ya.": "Mira equis punto com ya.",
    "Pi: 3,14159265358979323846.": (
        "Pi: tres coma uno cuatro uno cinco nueve dos seis cinco tres cinco ocho nueve siete nueve tres dos tres ocho cuatro seis."
    ),
    # agreement of thousands and millions
    "21.000 personas.": "veintiuna mil personas.",
    "31.000 mujeres y 31.000 euros.": "treinta y una mil mujeres y treinta y un mil euros.",
    "1.000.000 personas.": "un millón de personas.",
    "Vale 21 €.": "Vale veintiún euros.",
    "Ganó $5 mil.": "Ganó cinco mil dólares.",
    "Vale $2M o €3bn.": "Vale dos millones de dólares o tres mil millones de euros.",
    "Entre 3-5 días.": "Entre tres y cinco días.",
    # initials and letters
    "Carlos V. López llegó.": "Carlos uve López llegó.",
    "Carlos V. Él murió.": "Carlos quinto. Él murió.",
    "Juan XXIII y Parte I.": "Juan veintitrés y Parte uno.",
    "La F.B.I. llegó.": "La efe be i llegó.",
    # addresses, emoji, codes
    "Mira ejemplo.com/cine.": "Mira ejemplo punto com barra cine.",
    "Sí 👍🏽 claro.": "Sí claro.",
    "20 USD, 5 GBP y 100 JPY.": "veinte dólares, cinco libras y cien yenes.",
    "Apolo 13, F-16 y 3D.": "Apolo trece, F-dieciséis y tres D.",
    "Abierto 24/7, al 50/50.": "Abierto veinticuatro siete, al cincuenta cincuenta.",
    "Añade 1/3 taza.": "Añade un tercio de taza.",
    "Dura 1h30m.": "Dura una hora y treinta minutos.",
    "Mide 5'10\".": "Mide cinco pies diez.",
    "George V reinó.": "George quinto reinó.",
}  # fmt: skip

UNCHANGED = (
    "¿Vienes? No.",
    "No. Nunca.",
    "Toma vitamina C. Luego duerme.",
    "Vitamina D. Eso te falta.",
    "¡NO PUEDO MÁS!",
    "La NASA y la ONU lo saben.",
    "Talla XL, por favor.",
    "Yo... no sé —dijo él—.",
    "Isabel primero quiere cenar.",
    "LO VI YO.",
    "Plan B. Corre.",
)


@pytest.mark.parametrize(("written", "spoken"), SPOKEN.items())
def test_spanish_is_said_as_people_say_it(written, spoken):
    assert verbalize(written, "es") == spoken


@pytest.mark.parametrize("text", UNCHANGED)
def test_spanish_text_without_figures_stays_as_it_is(text):
    assert verbalize(text, "es") == text


def test_mexican_spanish_writes_and_says_a_decimal_point():
    assert verbalize("Subió 2.5% y cuesta $1,250.50.", "es-MX") == (
        "Subió dos punto cinco por ciento y cuesta mil doscientos cincuenta dólares con cincuenta."
    )
