"""Portuguese as it is said in Brazil, and where Portugal differs. Sources of the expected text: Ciberdúvidas da Língua Portuguesa
(numerais, horas, datas, moeda, séculos e reis); Academia Brasileira de Letras, VOLP; Cunha e Cintra, "Nova Gramática" (numerais).
"""

import pytest

from pipeline.text.spoken_forms.verbalize import verbalize

BRAZILIAN = {
    # cardinals and agreement
    "Tenho 21 anos.": "Tenho vinte e um anos.",
    "Somos 2 mulheres.": "Somos duas mulheres.",
    "Havia 200 pessoas.": "Havia duzentas pessoas.",
    "São 2 mil pessoas.": "São duas mil pessoas.",
    "Li 342 páginas.": "Li trezentas e quarenta e duas páginas.",
    "Espere 1 hora.": "Espere uma hora.",
    "Só 1 vez.": "Só uma vez.",
    "Comprei 16 livros e 19 discos.": "Comprei dezesseis livros e dezenove discos.",
    "Faltam 1.200 dias.": "Faltam mil e duzentos dias.",
    "Custa 1.250 pesos.": "Custa mil duzentos e cinquenta pesos.",
    "Vivem aqui 1.234.567 habitantes.": (
        "Vivem aqui um milhão duzentos e trinta e quatro mil quinhentos e sessenta e sete habitantes."
    ),
    "Somos 8.000.000.000.": "Somos oito bilhões.",
    "Ganhou 3 milhões.": "Ganhou três milhões.",
    "Quarto 101.": "Quarto cento e um.",
    "Agente 007.": "Agente zero zero sete.",
    "Um em cada 3.": "Um em cada três.",
    # decimals and negative numbers
    "Pi vale 3,14.": "Pi vale três vírgula catorze.",
    "Tremor de 7,05.": "Tremor de sete vírgula zero cinco.",
    "Faz -5 graus.": "Faz menos cinco graus.",
    "Subiu 2,5%.": "Subiu dois vírgula cinco por cento.",
    "Uns 40 % não votam.": "Uns quarenta por cento não votam.",
    # years and dates
    "Nasci em 1984.": "Nasci em mil novecentos e oitenta e quatro.",
    "Foi em 2024.": "Foi em dois mil e vinte e quatro.",
    "Nos anos 80.": "Nos anos oitenta.",
    "Morreu em 44 a.C. em Roma.": "Morreu em quarenta e quatro antes de Cristo em Roma.",
    "Em 12/05/2024 nos casamos.": "Em doze de maio de dois mil e vinte e quatro nos casamos.",
    "Foi em 5 de dezembro de 1999.": "Foi em cinco de dezembro de mil novecentos e noventa e nove.",
    "O 1º de maio é feriado.": "O primeiro de maio é feriado.",
    "De 1939-1945.": "De mil novecentos e trinta e nove a mil novecentos e quarenta e cinco.",
    # times
    "Chego às 10:30 p.m. em casa.": "Chego às dez e meia da noite em casa.",
    "O trem sai às 7:45.": "O trem sai às sete e quarenta e cinco.",
    "Fecha às 20:00.": "Fecha às vinte horas.",
    "Começa às 8h30.": "Começa às oito e meia.",
    "Chegou às 15:05.": "Chegou às quinze e cinco.",
    "Acordo às 6 a.m. em ponto.": "Acordo às seis da manhã em ponto.",
    "Reunião às 14h.": "Reunião às catorze horas.",
    "Vem à 1.": "Vem à uma.",
    "São 2h10min de filme.": "São duas horas e dez minutos de filme.",
    # money
    "Custa R$ 5,50.": "Custa cinco reais e cinquenta centavos.",
    "São $5.50.": "São cinco dólares e cinquenta centavos.",
    "Deve R$ 1.000.000.": "Deve um milhão de reais.",
    "Roubaram $2 milhões.": "Roubaram dois milhões de dólares.",
    "Me deu 202 £.": "Me deu duzentas e duas libras.",
    "Faltam R$ 0,50.": "Faltam cinquenta centavos.",
    "Só R$ 1.": "Só um real.",
    # units, fractions
    "Ia a 120 km/h.": "Ia a cento e vinte quilômetros por hora.",
    "Está -20 °C.": "Está menos vinte graus Celsius.",
    "Pesa 1,5 kg.": "Pesa um vírgula cinco quilos.",
    "Ponha 1/2 xícara de leite.": "Ponha meia xícara de leite.",
    "Espere ¾ de hora.": "Espere três quartos de hora.",
    "Beba 2 ½ litros.": "Beba dois litros e meio.",
    "Quero 1/3.": "Quero um terço.",
    # ordinals, Roman numerals
    "Mora no 3º andar, 2ª porta.": "Mora no terceiro andar, segunda porta.",
    "A 21ª edição.": "A vigésima primeira edição.",
    "D. Pedro II e Luís XIV.": "dom Pedro segundo e Luís catorze.",
    "Elizabeth II viveu no século XX.": "Elizabeth segunda viveu no século vinte.",
    "No século V.": "No século quinto.",
    "Morreu na II Guerra Mundial.": "Morreu na segunda Guerra Mundial.",
    "Viu Rocky IV?": "Viu Rocky quatro?",
    # telephones, ranges, scores
    "Ligue (11) 98765-4321.": "Ligue um um, nove oito sete seis cinco, quatro três dois um.",
    "Leva 3-5 dias.": "Leva três a cinco dias.",
    "Ganhamos de 3-1.": "Ganhamos de três a um.",
    # abbreviations, initials, addresses, symbols
    "O Sr. Silva e a Dra. Souza.": "O senhor Silva e a doutora Souza.",
    "Pão, leite, etc.": "Pão, leite, etcétera.",
    "D. Maria saiu.": "dona Maria saiu.",
    "J. F. Kennedy morreu em Dallas.": "jota efe Kennedy morreu em Dallas.",
    "Escreva a ana.lopes@gmail.com.": "Escreva a ana ponto lopes arroba gmail ponto com.",
    "Veja www.uol.com.br hoje.": "Veja dáblio dáblio dáblio ponto uol ponto com ponto bê erre hoje.",
    "#SextaFeira com @a_loja 😀": "hashtag Sexta Feira com arroba a loja",
    "2 + 2 = 4 & pronto.": "dois mais dois igual a quatro e pronto.",
    "Um carro 4x4.": "Um carro quatro por quatro.",
    "O nº 5.": "O número cinco.",
    # notations
    "Corra 5-10 km.": "Corra cinco a dez quilômetros.",
    "É do séc. XIX.": "É do século dezenove.",
    "Ligue +55 11 98765-4321.": "Ligue mais cinco cinco, um um, nove oito sete seis cinco, quatro três dois um.",
    "Até 3ª-feira.": "Até terça-feira.",
    "Das 2 às 4.": "Das duas às quatro.",
    "Tem 22 mil casas.": "Tem vinte e duas mil casas.",
    "Faz 40º.": "Faz quarenta graus.",
    # millions, short sums, ranges
    "1.000.000 pessoas.": "um milhão de pessoas.",
    "Vale $2M ou €3bn.": "Vale dois milhões de dólares ou três bilhões de euros.",
    "Entre 3-5 dias.": "Entre três e cinco dias.",
    "20 USD, 5 GBP e 100 JPY.": "vinte dólares, cinco libras e cem ienes.",
    # initials and letters
    "Carlos V. Silva chegou.": "Carlos vê Silva chegou.",
    "Carlos V. Ele morreu.": "Carlos quinto. Ele morreu.",
    "João XXIII, Parte I.": "João vinte e três, Parte um.",
    "O F.B.I. chegou.": "O efe bê i chegou.",
    "Sim 👍🏽 claro.": "Sim claro.",
    "Apollo 13, F-16 e 3D.": "Apollo treze, F-dezesseis e três D.",
    "Ponha 1/3 xícara.": "Ponha um terço de xícara.",
    "Dura 1h30m.": "Dura uma hora e trinta minutos.",
}  # fmt: skip

EUROPEAN = {
    "Comprei 16 livros e 19 discos.": "Comprei dezasseis livros e dezanove discos.",
    "Vale 3,99 €.": "Vale três euros e noventa e nove cêntimos.",
    "Foi a 1 de maio de 2017.": "Foi a um de maio de dois mil e dezassete.",
    "Somos 8.000.000.000.": "Somos oito mil milhões.",
    "Ia a 117 km/h.": "Ia a cento e dezassete quilómetros por hora.",
    "Luís XVI.": "Luís dezasseis.",
    "Subiu 0,17 %.": "Subiu zero vírgula dezassete por cento.",
    "O 3.º andar.": "O terceiro andar.",
    "Vale €3bn.": "Vale três mil milhões de euros.",
}

UNCHANGED = (
    "Você vem? Não.",
    "No. Nunca.",
    "Tome vitamina C. Depois durma.",
    "Vitamina D. É o que falta.",
    "NÃO AGUENTO MAIS!",
    "A NASA e a ONU sabem.",
    "Tamanho XL, por favor.",
    "Eu... não sei — disse ele.",
    "Pedro primeiro quer jantar.",
    "Plano B. Corra.",
)


@pytest.mark.parametrize(("written", "spoken"), BRAZILIAN.items())
def test_portuguese_is_said_as_brazilians_say_it(written, spoken):
    assert verbalize(written, "pt") == spoken
    assert verbalize(written, "pt-BR") == spoken


@pytest.mark.parametrize(("written", "spoken"), EUROPEAN.items())
def test_portuguese_of_portugal_has_its_own_words(written, spoken):
    assert verbalize(written, "pt-PT") == spoken


@pytest.mark.parametrize("text", UNCHANGED)
def test_portuguese_text_without_figures_stays_as_it_is(text):
    assert verbalize(text, "pt") == text
