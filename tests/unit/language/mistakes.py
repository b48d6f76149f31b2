"""A sound policy of a sixth council, and fifty mistakes that people make in such a file."""

POLICY = """\
authority: eastmere
title: Eastmere
document: {title: Working alongside, file: eastmere.txt, issued: March 2026, review_by: none stated}
version: 1
in_force_from: 2026-03-01
bottom_line:
  alert: [social_worker, team_manager]
  then: [{role: on_call_manager, after_minutes: 30}]
roles: {family_help_lead: one, sibling: many}
kinds: {supervision: supervision of the case}
milestones:
  supervision_held: {label: supervision of the case, by: [team_manager, service_manager], form: [on, by]}
  conference: {label: conference, scheduled: true}
hours: {morning: "08:45"}
ladders:
  within_a_day:
    remind: [at opening, 2 hours before]
    by: [sms, email]
    at_any_hour: true
    late:
      - {at: once, to: [owner, team_manager]}
      - {after: 4 hours, to: [service_manager], as: escalation}
rules:
  - rule: supervision
    kind: supervision
    label: supervision of the case
    asks: The case is supervised every two months.
    done_when: The supervision is recorded.
    source: {section: EAS-01, answers: [EAS-01], basis: guidance}
    opens: {when: plan.opened}
    due: {every: 2 months}
    met: {when: milestone.reached, where: {milestone: supervision_held}}
    owed_by: team_manager
    ladder: standard
  - rule: report
    kind: upload_meeting
    label: report for the conference
    asks: The report is sent two working days before the conference.
    done_when: The report is recorded.
    source: {section: EAS-02, answers: [EAS-02], basis: guidance}
    opens: {when: milestone.scheduled, where: {milestone: conference}, about: ref}
    due: {on: at, before: 2 working days}
    met: {when: meeting.uploaded, same: {ref: about}}
    superseded_by: {when: milestone.scheduled, where: {milestone: conference}, same: {ref: about}}
    owed_by: family_help_lead
    ladder: within_a_day
"""

# What is changed into what, and the field and words of the one complaint.
MISTAKES = {
    "a rule's name misspelt as a word": (
        "    kind: supervision\n",
        "    kinds: supervision\n",
        "supervision.kinds",
        "; did you mean kind",
    ),
    "a kind that nobody declares": (
        "    kind: supervision\n",
        "    kind: supervison\n",
        "supervision.kind",
        "did you mean supervision?",
    ),
    "a built-in kind misspelt": (
        "kind: upload_meeting",
        "kind: upload_meetings",
        "report.kind",
        "did you mean upload_meeting?",
    ),
    "a role misspelt": (
        "owed_by: team_manager",
        "owed_by: team manager",
        "supervision.owed_by",
        "did you mean team_manager?",
    ),
    "a declared role misspelt": (
        "owed_by: family_help_lead",
        "owed_by: family_lead",
        "report.owed_by",
        "did you mean family_help_lead?",
    ),
    "a duty of a role of many": (
        "owed_by: team_manager",
        "owed_by: sibling",
        "supervision.owed_by",
        "'sibling' is not one of",
    ),
    "a milestone misspelt": (
        "{milestone: supervision_held}",
        "{milestone: supervision}",
        "supervision.met",
        "did you mean supervision_held?",
    ),
    "a milestone left out": (
        ", where: {milestone: supervision_held}",
        "",
        "supervision.met",
        "says no milestone; add where",
    ),
    "a milestone said by a role misspelt": (
        "by: [team_manager, service_manager]",
        "by: [team_manger, service_manager]",
        "milestones.supervision_held.by.0",
        "did you mean team_manager?",
    ),
    "a milestone said by nobody": (
        "by: [team_manager, service_manager]",
        "by: []",
        "milestones.supervision_held.by",
        "is empty; give at least one",
    ),
    "a form that asks what no milestone has": (
        "form: [on, by]",
        "form: [on, by, next]",
        "milestones.supervision_held.form.2",
        "did you mean next_on?",
    ),
    "a form that does not ask by whom": (
        "form: [on, by]",
        "form: [on]",
        "milestones.supervision_held.form",
        "does not ask by whom",
    ),
    "a form that asks twice": (
        "form: [on, by]",
        "form: [by, on, by]",
        "milestones.supervision_held.form",
        "asks 'by' twice",
    ),
    "a milestone by somebody who may not say it": (
        "where: {milestone: supervision_held}}",
        "where: {milestone: supervision_held}, role_of: {by: social_worker}}",
        "supervision.met.role_of.by",
        "'social_worker' is none of those by whom the milestone may be said",
    ),
    "two milestones said by different people": (
        "where: {milestone: supervision_held}}",
        "where: {milestone: [supervision_held, conference]}}",
        "supervision.met",
        "write a pattern for each",
    ),
    "a milestone that is put in no diary": (
        "scheduled, where: {milestone: conference}, about",
        "scheduled, where: {milestone: supervision_held}, about",
        "report.opens",
        "declare it with scheduled: true",
    ),
    "a ladder misspelt": ("ladder: standard", "ladder: standart", "supervision.ladder", "did you mean standard?"),
    "a ladder of another council": (
        "ladder: standard",
        "ladder: gentle",
        "supervision.ladder",
        "'gentle' is not one of short",
    ),
    "an event misspelt": (
        "{when: plan.opened}",
        "{when: plan.open}",
        "supervision.opens.when",
        "did you mean plan.opened?",
    ),
    "an event that is none": (
        "{when: plan.opened}",
        "{when: tea.made}",
        "supervision.opens.when",
        "is not a type of event",
    ),
    "a field that the event has not": (
        "same: {ref: about}}\n    superseded",
        "same: {reff: about}}\n    superseded",
        "report.met",
        "'meeting.uploaded' has no field 'reff'",
    ),
    "a tie misspelt": (
        "meeting.uploaded, same: {ref: about}",
        "meeting.uploaded, same: {ref: abouts}",
        "report.met.same.ref",
        "did you mean about?",
    ),
    "no interval": ("{every: 2 months}", "{every: monthly}", "supervision.due.every", "write it like '3 days'"),
    "an interval without its unit": (
        "{every: 2 months}",
        "{every: 2}",
        "supervision.due.every",
        "write it like '3 days'",
    ),
    "an interval of nothing": (
        "{every: 2 months}",
        "{every: 0 months}",
        "supervision.due.every",
        "write it like '3 days'",
    ),
    "an interval in words": (
        "{every: 2 months}",
        "{every: two months}",
        "supervision.due.every",
        "write it like '3 days'",
    ),
    "every so many hours": (
        "{every: 2 months}",
        "{every: 24 hours}",
        "supervision.due.every",
        "write it like '3 days'",
    ),
    "within a unit that is none": (
        "{every: 2 months}",
        "{within: 24 hrs}",
        "supervision.due.within",
        "or in hours, like '24 hours'",
    ),
    "no clock": ("{every: 2 months}", "{}", "supervision.due", "give exactly one clock"),
    "two clocks": (
        "{every: 2 months}",
        "{every: 2 months, within: 3 days}",
        "supervision.due",
        "give exactly one clock",
    ),
    "a clock that is no mapping": (
        "due: {every: 2 months}",
        "due: 2 months",
        "supervision.due",
        "must have fields of its own",
    ),
    "each of something else": ("{every: 2 months}", "{each: month}", "supervision.due.each", "calendar month"),
    "a day of the month that some have not": (
        "{every: 2 months}",
        "{each: calendar month, by_day: 31}",
        "supervision.due.by_day",
        "must be at most 28",
    ),
    "a day without a month": (
        "{every: 2 months}",
        "{every: 2 months, by_day: 10}",
        "supervision.due",
        "by_day goes with each: calendar month",
    ),
    "each and every": (
        "{every: 2 months}",
        "{each: calendar month, every: 2 months}",
        "supervision.due",
        "give either each, or every / as_agreed",
    ),
    "a first time of once": (
        "{every: 2 months}",
        "{within: 2 months, first_within: 1 week}",
        "supervision.due",
        "first_within goes with every",
    ),
    "before nothing": (
        "{on: at, before: 2 working days}",
        "{within: 1 day, before: 2 working days}",
        "report.due",
        "before and or_week go with on",
    ),
    "before a day in the diary as if that had come": (
        "{on: at, before: 2 working days}",
        "{before_fact: {when: milestone.scheduled, where: {milestone: conference}}, called: the conference}",
        "report.due",
        "before a day in the diary write {on: at, before: 1 working day}",
    ),
    "before a fact without its name": (
        "{on: at, before: 2 working days}",
        "{before_fact: {when: milestone.reached, where: {milestone: supervision_held}}}",
        "report.due",
        "as in called: the application to court",
    ),
    "a name of no fact": (
        "{every: 2 months}",
        "{every: 2 months, called: the conference}",
        "supervision.due",
        "called goes with before_fact",
    ),
    "before so many facts": (
        "{on: at, before: 2 working days}",
        "{before_fact: {when: visit.recorded, times: 2}, called: the second visit}",
        "report.due",
        "before_fact takes the first such fact",
    ),
    "before a fact and a number of days": (
        "{every: 2 months}",
        "{within: 2 months, before_fact: {when: plan.ended}, called: the end of the plan}",
        "supervision.due",
        "give exactly one clock",
    ),
    "before a fact, and nobody is told when it opens": (
        "{every: 2 months}",
        "{before_fact: {when: plan.ended}, called: the end of the plan}",
        "policy",
        "name one that reminds 'at opening' or 'first morning', like short",
    ),
    "a date in a field that is none": ("{on: at, before", "{on: day, before", "report", "has no field 'day'"),
    "a nought for a number of times": (
        "same: {ref: about}}\n    superseded",
        "same: {ref: about}, times: 1}\n    superseded",
        "report.met.times",
        "must be at least 2",
    ),
    "times with a clock that begins anew": (
        "supervision_held}}\n    owed",
        "supervision_held}, times: 2}\n    owed",
        "supervision",
        "times goes with a clock that is due once",
    ),
    "the nth with a clock that begins anew": (
        "opens: {when: plan.opened}",
        "opens: {when: plan.opened, nth: 2}",
        "supervision",
        "nth opens once",
    ),
    "a reminder that is none": (
        "[at opening, 2 hours before]",
        "[at once, 2 hours before]",
        "ladders.within_a_day.remind.0",
        "is no reminder; write at opening",
    ),
    "a reminder without before": (
        "2 hours before]",
        "2 hours]",
        "ladders.within_a_day.remind.1",
        "is no reminder; write at opening",
    ),
    "a ladder without what follows": (
        (
            "    late:\n      - {at: once, to: [owner, team_manager]}\n"
            "      - {after: 4 hours, to: [service_manager], as: escalation}\n"
        ),
        "",
        "ladders.within_a_day",
        "late is missing",
    ),
    "a first step without its moment": (
        "{at: once, to",
        "{to",
        "ladders.within_a_day.late.0",
        "give either at or after",
    ),
    "a step after weeks": (
        "after: 4 hours",
        "after: 2 weeks",
        "ladders.within_a_day.late.1",
        "after counts in working days or hours",
    ),
    "a step to nobody": (
        "to: [service_manager], as",
        "to: [], as",
        "ladders.within_a_day.late.1.to",
        "is empty; give at least one",
    ),
    "a step to a role misspelt": (
        "to: [service_manager], as",
        "to: [service_manger], as",
        "ladders.within_a_day.late.1.to.0",
        "did you mean service_manager?",
    ),
    "channels without the word": ("    at_any_hour: true\n", "", "ladders.within_a_day", "by goes with at_any_hour"),
    "a channel that is none": (
        "by: [sms, email]",
        "by: [text, email]",
        "ladders.within_a_day.by.0",
        "'text' is not one of sms, email",
    ),
    "an hour without quotes": ('{morning: "08:45"}', "{morning: 8:45}", "hours.morning", 'in quotes, as in "18:00"'),
    "a morning at night": (
        '{morning: "08:45"}',
        '{morning: "06:45"}',
        "hours",
        "morning lies outside the routine hours",
    ),
    "a role held by some": ("sibling: many", "sibling: several", "roles.sibling", "'several' is not one of one, many"),
    "a role that is built in": ("sibling: many", "parent: many", "roles", "'parent' is built in; leave it out"),
    "a milestone without its words": (
        "{label: conference, scheduled: true}",
        "{scheduled: true}",
        "milestones.conference.label",
        "is missing",
    ),
    "a yes that is no true": (
        "scheduled: true}\nhours",
        "scheduled: yes}\nhours",
        "milestones.conference.scheduled",
        "must be true or false",
    ),
    "a key twice": (
        "version: 1\n",
        "version: 1\nversion: 2\n",
        "version",
        "is given twice; the first stands in line 4",
    ),
    "a day that is none": (
        "in_force_from: 2026-03-01",
        "in_force_from: March 2026",
        "in_force_from",
        "is not a date; write it like 2026-11-30",
    ),
    "a basis misspelt": (
        "EAS-01], basis: guidance}",
        "EAS-01], basis: guidence}",
        "supervision.source.basis",
        "did you mean guidance?",
    ),
    "a rule without a source": (
        "    source: {section: EAS-01, answers: [EAS-01], basis: guidance}\n",
        "",
        "supervision.source",
        "is missing",
    ),
    "two rules of one name": (
        "- rule: report",
        "- rule: supervision",
        "supervision.rule",
        "two rules have the name 'supervision'",
    ),
    "several types of event in one fact": (
        "opens: {when: plan.opened}",
        "opens: {when: [plan.opened, plan.agreed]}",
        "supervision.opens.when",
        "must be one type of event",
    ),
    "a value that is no text": (
        "where: {milestone: supervision_held}}",
        "where: {milestone: 1.5}}",
        "supervision.met.where.milestone",
        "must be text, true, false or a whole number",
    ),
    "a yes for the next working day": (
        "due: {every: 2 months}",
        "due: {next_working_day: yes}",
        "supervision.due.next_working_day",
        "must be true, or left out",
    ),
    "a day that no month has": (
        "in_force_from: 2026-03-01",
        "in_force_from: 2026-13-01",
        "in_force_from",
        "is not a date; write it like 2026-11-30",
    ),
    "an early closing by its date": (
        "version: 1\n",
        'version: 1\noffice_hours: {opens: "09:00", closes: "17:00", early_closing: {2026-12-24: "15:30"}}\n',
        "office_hours.early_closing",
        "'2026-12-24' is no day of the year; write month and day, as in 12-24",
    ),
    "hours of an office that closes before it opens": (
        "version: 1\n",
        'version: 1\noffice_hours: {opens: "17:00", closes: "09:00"}\n',
        "office_hours",
        "closes is not later than opens",
    ),
    "a role by its title": (
        "family_help_lead: one, sibling",
        "Family Help Lead: one, family_help_lead: one, sibling",
        "roles.Family Help Lead",
        "write two or more small letters, digits and '_'",
    ),
    "a word twice in a rule": (
        "owed_by: team_manager\n",
        "owed_by: team_manager\n    owed_by: social_worker\n",
        "supervision.owed_by",
        "is given twice",
    ),
    "a ladder that is forgotten": (
        "owed_by: team_manager\n    ladder: standard",
        "owed_by: team_manager\n    ladder:",
        "supervision.ladder",
        "is empty; give it a value",
    ),
    "a duty of two roles": (
        "owed_by: team_manager",
        "owed_by: [team_manager, social_worker]",
        "supervision.owed_by",
        "must be one text, without brackets",
    ),
    "one rule in the place of rules": ("rules:\n", "rule:\n", "rule", "did you mean rules?"),
    "a colon forgotten before a brace": (
        "due: {every: 2 months}",
        "due {every: 2 months}",
        "supervision.due {every",
        "is a colon missing after 'due'?",
    ),
}
