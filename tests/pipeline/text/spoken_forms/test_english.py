"""English as Americans say it. Sources: The Chicago Manual of Style, 17th ed. (numbers, dates, times); Merriam-Webster (units, abbreviations);
usage of broadcasters for scores, telephone numbers and addresses.
"""

import pytest

from pipeline.text.spoken_forms.verbalize import verbalize

SENTENCES = [
    (
        "The town has 1,234,567 people.",
        "The town has one million two hundred thirty-four thousand five hundred sixty-seven people.",
    ),
    ("I counted 21 of them.", "I counted twenty-one of them."),
    ("There were 100 men.", "There were one hundred men."),
    ("It took 1,001 nights.", "It took one thousand one nights."),
    ("We are 3 short.", "We are three short."),
    ("Give me 0.5 percent.", "Give me zero point five percent."),
    ("Pi is 3.14159.", "Pi is three point one four one five nine."),
    ("It was -5 outside.", "It was minus five outside."),
    ("Born in 1984.", "Born in nineteen eighty-four."),
    ("By 2024 we knew.", "By twenty twenty-four we knew."),
    ("Since 2005 nothing.", "Since two thousand five nothing."),
    ("In 1900 it began.", "In nineteen hundred it began."),
    ("In 1905 it ended.", "In nineteen oh five it ended."),
    ("The year 2000 came.", "The year two thousand came."),
    ("The 1990s were mine.", "The nineteen nineties were mine."),
    ("Back in the '60s.", "Back in the sixties."),
    ("From 1939-1945 they fought.", "From nineteen thirty-nine to nineteen forty-five they fought."),
    ("He came 1st.", "He came first."),
    ("My 2nd wife.", "My second wife."),
    ("On the 21st floor.", "On the twenty-first floor."),
    ("The 3rd time.", "The third time."),
    ("The 112th day.", "The one hundred twelfth day."),
    ("It costs $5.", "It costs five dollars."),
    ("It costs $1.", "It costs one dollar."),
    ("It costs $5.50, not 3 €.", "It costs five dollars and fifty cents, not three euros."),
    ("Just $0.99 today.", "Just ninety-nine cents today."),
    ("He owes £200.", "He owes two hundred pounds."),
    ("A $2.5 million house.", "A two point five million dollar house."),
    ("They took $1,500.", "They took one thousand five hundred dollars."),
    ("Up 5%.", "Up five percent."),
    ("A 12.5 % raise.", "A twelve point five percent raise."),
    ("Meet me at 10:30 p.m. on 12/05/2024.", "Meet me at ten thirty p m on December fifth, twenty twenty-four."),
    ("At 9:05 sharp.", "At nine oh five sharp."),
    ("At 3:00 in the morning.", "At three o'clock in the morning."),
    ("At 7 a.m. we leave.", "At seven a m we leave."),
    ("On May 12, 2024, he left.", "On May twelfth, twenty twenty-four, he left."),
    ("July 4th is near.", "July fourth is near."),
    ("It happened on 2024-05-12.", "It happened on May twelfth, twenty twenty-four."),
    ("It's 5 km away.", "It's five kilometers away."),
    ("1 km more.", "one kilometer more."),
    ("We did 90 mph.", "We did ninety miles per hour."),
    ("At 120 km/h.", "At one hundred twenty kilometers per hour."),
    ("He weighs 80 kg.", "He weighs eighty kilograms."),
    ("It's -20 °C.", "It's minus twenty degrees Celsius."),
    ("It's 75 °F.", "It's seventy-five degrees Fahrenheit."),
    ("I need ½ cup of flour.", "I need half a cup of flour."),
    ("2 ½ hours.", "two and a half hours."),
    ("3/4 of them.", "three quarters of them."),
    ("1/3 of it.", "one third of it."),
    ("Louis XIV was king.", "Louis the Fourteenth was king."),
    ("Henry VIII had six.", "Henry the Eighth had six."),
    ("After World War II.", "After World War Two."),
    ("I saw Rocky IV.", "I saw Rocky Four."),
    ("Call 555-0123.", "Call five five five, zero one two three."),
    ("Dr. Smith is in.", "Doctor Smith is in."),
    ("Mr. and Mrs. Jones.", "Mister and Missus Jones."),
    ("J. F. Kennedy said so.", "J F Kennedy said so."),
    ("In the U.S.A. too.", "In the U S A too."),
    ("Visit www.example.com today.", "Visit W W W dot example dot com today."),
    ("Write to bob@example.org now.", "Write to bob at example dot org now."),
    ("#SaveTheWhales now", "hashtag Save The Whales now"),
    ("I love it 😀", "I love it"),
    ("They won 3-1.", "They won three to one."),
    ("You & me.", "You and me."),
    ("Agent 007 is here.", "Agent zero zero seven is here."),
    ("A $20 bill.", "A twenty dollar bill."),
    ("A 10 km run.", "A ten kilometer run."),
    ("I paid a friend $20 for it.", "I paid a friend twenty dollars for it."),
    ("On the 4th of July.", "On the fourth of July."),
    ("In the 19th century.", "In the nineteenth century."),
    ("It lasted 3-5 days.", "It lasted three to five days."),
    ("Call +1 555 123 4567.", "Call plus one, five five five, one two three, four five six seven."),
    ("It's No. 5.", "It's number five."),
    ("An 80-year-old man.", "An eighty-year-old man."),
    ("Open 24/7.", "Open twenty-four seven."),
    ("Since 9/11.", "Since nine eleven."),
    ("Call 911!", "Call nine one one!"),
    ("Elizabeth II reigned.", "Elizabeth the Second reigned."),
    ("Chapter IV.", "Chapter Four."),
    ("Act I, Scene II.", "Act One, Scene Two."),
    ("How much? No. 5 minutes.", "How much? No. five minutes."),
    ("The U.S. Army.", "The U S Army."),
    ("He left the U.S.", "He left the U S."),
    ("$1 million.", "one million dollars."),
]
UNCHANGED = [
    "And I know.",
    "Vitamin C helps.",
    "Malcolm X spoke.",
    "A hundred dollars worth nothing.",
    "Did you say no? No.",
    "HELP ME NOW!",
    "I think I can.",
    "Plan B works.",
    "He's a VIP.",
    "Well... maybe.",
    "Don't - please - go.",
    "What?! Who's there?",
]


@pytest.mark.parametrize(("text", "said"), SENTENCES)
def test_it_is_said_as_a_native_says_it(text: str, said: str) -> None:
    assert verbalize(text, "en") == said


@pytest.mark.parametrize("text", UNCHANGED)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert verbalize(text, "en") == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("On 12/05/2024.", "On the twelfth of May, twenty twenty-four."),
        ("On the 12th of May.", "On the twelfth of May."),
        ("On 3 June 1944 we sailed.", "On the third of June, nineteen forty-four we sailed."),
    ],
)
def test_british_dates_begin_with_the_day(text: str, said: str) -> None:
    assert verbalize(text, "en-GB") == said
