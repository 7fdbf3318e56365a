"""Who takes part: invented teams and drivers, drawn by seed.

No name here is a person's or a team's; both are put together from the lists below.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from timing.simulators.plan import Driver, EntryPlan


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


FIRST = _words(
    "Anouk Basile Cléo Dario Elke Fabio Greta Hugo Inès Jules Katja Léo Maud Nils Odile Paolo "
    "Quentin Rosa Sven Tilda Ugo Véra Wim Xavier Yara Zoé Amélie Björn Carmen Dirk Éloi Frida"
)
LAST = _words(
    "Valdor Krenn Mirelle Ostrova Pellago Quimbel Rauvigne Santell Torvik Urmann Vantrey Wexholm "
    "Ysbrand Zellano Arbois-Lune Brennac Coralie Dunmark Estervan Falkmyr Grandpré Hollin "
    "Iverness Jourdel Kestral Lombrin Mavelle Norrbick O'Tarran Pruvel"
)
TEAM_A = _words(
    "Comète Tornade Mistral Granit Boréal Saphir Cobalt Vulcain Zénith Aurore Pégase Lynx Faucon "
    "Orage Cyclone Météore Écureuil Renard Loutre Héron Ibis Castor Panda Tigre Bison"
)
TEAM_B = _words(
    "Racing Kart_Team Compétition &_Co Motorsport Endurance Junior d'Acier Karting_Club Express"
)
PREFIXES = ("1 - ", "2 - ", "G - ")
NATIONS = ("FRA", "BEL", "ITA", "ESP", "SWE", "NED", "GBR", "POR")
CLASSES = ("PRO 85", "GENTLEMEN", "OPEN", "FÉMININE")
COLOURS = _words(
    "#0080FF #FF8000 #C0C0C0 #FF0000 #FFFF80 #FFFF00 #00FF00 #808080 #4E9C9C #00FFFF #FF80FF "
    "#80FF00 #8000FF #004000"
)
COLORREF = (255, 65535, 16744703)  # notcN: decimal COLORREF, the low byte is red


def names(rng: Random, first: list[str], last: list[str], *, loud: float) -> Iterator[str]:
    """Names of two parts without end, none twice; a share of `loud` in capitals."""
    used: set[str] = set()
    while True:
        name = f"{rng.choice(first)} {rng.choice(last)}"
        name = name.upper() if rng.random() < loud else name
        if name in used:
            name = f"{name} {len(used)}"
        used.add(name)
        yield name


def drivers(rng: Random, people: Iterator[str], count: int) -> tuple[Driver, ...]:
    return tuple(
        Driver(next(people), 1 + abs(rng.gauss(0, 0.012)), rng.uniform(160, 620))
        for _ in range(count)
    )


def entries(
    rng: Random, *, count: int, teams: bool, first_row: int, classes: bool = False
) -> tuple[EntryPlan, ...]:
    """The entry list. ``first_row`` 1 gives the small reused ids of rental sessions."""
    people = names(rng, FIRST, LAST, loud=0.85)
    crews = names(rng, TEAM_A, TEAM_B, loud=0.8)
    colours = rng.sample(range(1, len(COLOURS) + 1), len(CLASSES))  # one a class, as tracks do
    numbers = rng.sample(range(1, max(100, 2 * count)), count)
    found = []
    for index in range(count):
        crew = drivers(rng, people, rng.randrange(2, 6) if teams else 1)
        group = rng.randrange(len(CLASSES))
        prefix = rng.choice(PREFIXES) if teams and classes else ""
        found.append(
            EntryPlan(
                row=f"r{first_row + index}",
                number=str(numbers[index]),
                competitor=prefix + next(crews) if teams else crew[0].name,
                category=category(rng, f"no{colours[group]}"),
                class_text=CLASSES[group],
                nation=rng.choice(NATIONS),
                drivers=crew,
                kart_pace=1 + abs(rng.gauss(0, 0.006)),
            )
        )
    return tuple(found)


def category(rng: Random, usual: str) -> str:
    """The css class of a kart's number: its class's, or now and then a colour of its own."""
    return f"notc{rng.choice(COLORREF)}" if rng.random() < 0.05 else usual
