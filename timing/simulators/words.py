"""What an Apex page says in each language: column labels, laps, race control.

Data, not translations of ours: the feed's own words, so they do not go through gettext.
"""

from __future__ import annotations

from dataclasses import dataclass

from timing.simulators.happenings import MessagePosted


@dataclass(frozen=True, slots=True)
class Words:
    lap: str
    laps: str
    effects: str
    comments: str
    best_lap: str
    short_laps: tuple[str, str]
    labels: dict[str, str]
    sessions: dict[str, str]
    texts: dict[str, str]


MARKUP = "<img src=x onerror=alert(1)> & <b>BOX</b>"


def seconds(ms: int) -> str:
    """``59.123`` or ``1:02.008``."""
    minutes, rest = divmod(ms, 60_000)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
    if minutes:
        return f"{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"
    return f"{rest // 1000}.{rest % 1000:03d}"


def lap_count(words: Words, count: int) -> str:
    return f"{count} {words.lap if count == 1 else words.laps}"


def message_text(words: Words, message: MessagePosted) -> str:
    """The line race control shows, e.g. ``Pénalité - contact - 10.000``."""
    text = MARKUP if message.reason == "markup" else words.texts[message.reason]
    if message.kind in ("green", "chequered", "msg"):
        return text
    if message.detail:
        text = f"{text} {message.detail} ({words.lap} {message.lap})"
    parts = [words.texts[message.kind], text]
    if message.laps:
        parts.append(lap_count(words, message.laps))
    if message.ms:
        parts.append(seconds(message.ms))
    return " - ".join(parts)


def penalty_cell(words: Words, laps: int, ms: int) -> str:
    """``1 Tr``, ``3 Trs``, ``10.000``, ``1 Tr 10.000``; empty when there is none."""
    parts = [f"{laps} {words.short_laps[laps > 1]}"] if laps else []
    return " ".join([*parts, seconds(ms)] if ms else parts)


FR = Words(
    "Tour", "Tours", "Effets", "Commentaires", "Meilleur Tour", ("Tr", "Trs"),
    {
        "rk": "Clt", "no": "Kart", "team": "Equipe", "driver": "Pilote", "nat": "Nation",
        "llp": "Dernier T.", "blp": "Meilleur T.", "gap": "Ecart", "int": "Interv.",
        "tlp": "Tours", "otr": "En piste", "pit": "Stands", "pena": "Péna.",
        "category": "Catégorie",
    },
    {
        "practice": "Essais libres", "qualifying": "Essais qualificatifs", "sprint": "Finale",
        "endurance": "Course", "heat": "Session",
    },
    {
        "start": "Départ", "restart": "Nouveau départ", "finish": "Arrivée",
        "penalty": "Pénalité", "warning": "Avertissement",
        "short_pit": "Passage au stand en", "long_stint": "Temps de relai de",
        "contact": "contact", "pushing": "poussette",
        "yellow_pass": "dépassement sous drapeau jaune",
        "conduct": "conduite anti-sportive", "cones": "quilles",
        "helmet": "Casque non attaché - passage aux stands",
    },
)  # fmt: skip
EN = Words(
    "Lap", "Laps", "Effects", "Comments", "Best lap", ("Lp", "Lps"),
    {
        "rk": "Rnk", "no": "Kart", "team": "Team", "driver": "Driver", "nat": "Nation",
        "llp": "Last lap", "blp": "Best lap", "gap": "Gap", "int": "Interv.", "tlp": "Laps",
        "otr": "On track", "pit": "Pits", "pena": "Penalty", "category": "Category",
    },
    {
        "practice": "Free practice", "qualifying": "Qualifying", "sprint": "Final",
        "endurance": "Race", "heat": "Session",
    },
    {
        "start": "Start", "restart": "Restart", "finish": "Finish",
        "penalty": "Penalty", "warning": "Warning", "short_pit": "Pit stop of",
        "long_stint": "Stint time of", "contact": "contact", "pushing": "pushing",
        "yellow_pass": "overtaking under yellow flag", "conduct": "unsporting conduct",
        "cones": "track limits", "helmet": "Helmet not fastened",
    },
)  # fmt: skip
ES = Words(
    "Vuelta", "Vueltas", "Mostrar Efectos", "Comentarios", "Mejor vuelta", ("Vt", "Vts"),
    {
        "rk": "Clasif.", "no": "Kart", "team": "Equipo", "driver": "Piloto",
        "nat": "Nacionalidad", "llp": "Última vuelta", "blp": "Mejor vuelta", "gap": "Dif.",
        "int": "Interv.", "tlp": "Vueltas", "otr": "Tiempo en PIT", "pit": "Pits",
        "pena": "Penalización", "category": "Categoría",
    },
    {
        "practice": "Entrenamientos libres", "qualifying": "Clasificación", "sprint": "Final",
        "endurance": "Carrera", "heat": "Sesión",
    },
    {
        "start": "Salida", "restart": "Nueva salida", "finish": "Meta",
        "penalty": "Penalización", "warning": "Advertencia", "short_pit": "Paso por boxes en",
        "long_stint": "Tiempo de relevo de", "contact": "contacto", "pushing": "empujón",
        "yellow_pass": "adelantamiento con bandera amarilla",
        "conduct": "conducta antideportiva", "cones": "límites de pista",
        "helmet": "Casco sin abrochar",
    },
)  # fmt: skip
IT = Words(
    "Giro", "Giri", "Effetti", "Commenti", "Giro migliore", ("Gr", "Gri"),
    {
        "rk": "Cla", "no": "Kart", "team": "Team", "driver": "Pilota", "nat": "Nazione",
        "llp": "Ultimo T.", "blp": "Giro mig.", "gap": "Distacco", "int": "Interv.",
        "tlp": "Giri", "otr": "In pista", "pit": "Pit stop", "pena": "Pena",
        "category": "Categoria",
    },
    {
        "practice": "Prove libere", "qualifying": "Qualifica", "sprint": "Finale",
        "endurance": "Corsa", "heat": "Sessione",
    },
    {
        "start": "Partenza", "restart": "Ripartenza", "finish": "Arrivo",
        "penalty": "Penalità", "warning": "Avvertimento", "short_pit": "Sosta ai box di",
        "long_stint": "Tempo di guida di", "contact": "contatto", "pushing": "spinta",
        "yellow_pass": "sorpasso con bandiera gialla", "conduct": "condotta antisportiva",
        "cones": "limiti della pista", "helmet": "Casco non allacciato",
    },
)  # fmt: skip
PT = Words(
    "Volta", "Voltas", "Efeitos do display", "Comentários", "Melhor volta", ("Vt", "Vts"),
    {
        "rk": "Clssf.", "no": "Kart", "team": "Equipa", "driver": "Piloto", "nat": "País",
        "llp": "Última V.", "blp": "Melhor V.", "gap": "Diferença", "int": "Interv.",
        "tlp": "Voltas", "otr": "Na pista", "pit": "Pits", "pena": "Penalização",
        "category": "Categoria",
    },
    {
        "practice": "Treinos livres", "qualifying": "Qualificação", "sprint": "Final",
        "endurance": "Corrida", "heat": "Sessão",
    },
    {
        "start": "Partida", "restart": "Nova partida", "finish": "Final",
        "penalty": "Penalização", "warning": "Aviso", "short_pit": "Passagem nas boxes em",
        "long_stint": "Tempo de turno de", "contact": "contacto", "pushing": "empurrão",
        "yellow_pass": "ultrapassagem com bandeira amarela",
        "conduct": "conduta antidesportiva", "cones": "limites de pista",
        "helmet": "Capacete desapertado",
    },
)  # fmt: skip
SV = Words(
    "Varv", "Varv", "Visa effekter", "Kommentarer", "Bästa varv", ("Vv", "Vv"),
    {
        "rk": "Rnk", "no": "Kart", "team": "Team", "driver": "Förare", "nat": "Nation",
        "llp": "Sista v", "blp": "Bästa varv", "gap": "Gap", "int": "Interv.", "tlp": "Varv",
        "otr": "På banan", "pit": "Depå", "pena": "Straff", "category": "Kategori",
    },
    {
        "practice": "Träning", "qualifying": "Qualification", "sprint": "Final",
        "endurance": "Race", "heat": "Heat",
    },
    {
        "start": "Start", "restart": "Omstart", "finish": "Mål",
        "penalty": "Straff", "warning": "Varning", "short_pit": "Depåstopp på",
        "long_stint": "Körpass på", "contact": "kontakt", "pushing": "knuff",
        "yellow_pass": "omkörning under gul flagg", "conduct": "osportsligt uppträdande",
        "cones": "banans gränser", "helmet": "Hjälmen ej knäppt",
    },
)  # fmt: skip
NL = Words(
    "Ronde", "Rondes", "Effecten", "Opmerkingen", "Snelste ronde", ("Rd", "Rds"),
    {
        "rk": "Pos.", "no": "Kart", "team": "Team", "driver": "Piloot", "nat": "Land",
        "llp": "Laatste ronde", "blp": "Snelste ronde", "gap": "Afstand", "int": "Interv.",
        "tlp": "Rondes", "otr": "Tijd op circuit", "pit": "Pits", "pena": "Straf",
        "category": "Categorie",
    },
    {
        "practice": "Vrije training", "qualifying": "Kwalificatie", "sprint": "Finale",
        "endurance": "Race", "heat": "Sessie",
    },
    {
        "start": "Start", "restart": "Herstart", "finish": "Finish",
        "penalty": "Straf", "warning": "Waarschuwing", "short_pit": "Pitstop van",
        "long_stint": "Stinttijd van", "contact": "contact", "pushing": "duwen",
        "yellow_pass": "inhalen onder gele vlag", "conduct": "onsportief gedrag",
        "cones": "baanlimieten", "helmet": "Helm niet vastgemaakt",
    },
)  # fmt: skip

LANGUAGES = {"fr": FR, "en": EN, "es": ES, "it": IT, "pt": PT, "sv": SV, "nl": NL}
