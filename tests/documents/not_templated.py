"""What no template answers of the list of templates, and why."""

from collections.abc import Mapping

# By entry: what answers it in place of a template, or why nothing is sent.
NOT_TEMPLATED: Mapping[str, str] = {
    "M05": "superseded: the ladders of single messages and the pages do this",
    "M07": "no rule of the contract asks for it; a plan made out of hours opens its review for the day team at once",
    "M10": "the message itself goes to the next in line at once, and a `problem` names the role",
    "M11": "superseded: the pages do this",
    "P01": "no rule of the contract asks for it: a copy is handed over by a person, who tells its reader",
    "P02": "planwatch shares no document: the worker is reminded that a copy is owed",
    "P05": "the worker is reminded to tell everybody (`tell_about_ending`); nobody else is told by planwatch",
    "F03": "off: an answer of 1 gets no answer, so that nobody has to read one more text",
    "F06": "not sent by any rule of the contract: an end of texts could give a visit away",
    "F07": "not sent by any rule of the contract",
    "F08": "not sent by any rule of the contract: no texts to young people",
    "F09": "not sent by any rule of the contract",
    "F11": "a number that nobody knows gets no answer at all",
    "S01": "`planwatch policy check` warns of a document past its own review date",
}
