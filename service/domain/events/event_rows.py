"""Every type of event of the contract: one row each, with all that is known by type."""

from __future__ import annotations

from service.domain.events.event_type import EventType, SubjectKind
from service.domain.events.payloads import (
    actions,
    alerts,
    check_ins,
    meetings,
    milestones,
    people,
    plans,
    risks,
    visits,
)
from service.domain.events.payloads.base import Dated, Versioned

ROWS = (
    EventType(
        "person.recorded",
        people.PersonRecorded,
        "a person is recorded",
        "A person’s details were recorded",
        subject=SubjectKind.PERSON,
    ),
    EventType(
        "contact.decided",
        people.ContactDecided,
        "it is decided whether a person may be contacted",
        "A decision on contact was recorded",
        subject=SubjectKind.PERSON,
        urgent=True,
    ),
    EventType(
        "role.assigned",
        people.RoleAssigned,
        "somebody is given a role",
        "{person} is now {role}",
        subject=SubjectKind.PLAN_OR_AUTHORITY,
        bears=True,
        lasts=True,
    ),
    EventType(
        "role.ended",
        people.RoleEnded,
        "somebody gives up a role",
        "{person} is no longer {role}",
        subject=SubjectKind.PLAN_OR_AUTHORITY,
        lasts=True,
    ),
    EventType(
        "absence.recorded",
        people.AbsenceRecorded,
        "an absence is recorded",
        "An absence was recorded",
        subject=SubjectKind.PERSON,
    ),
    EventType("plan.opened", plans.PlanOpened, "a plan is opened", "Plan opened", lasts=True),
    EventType("flag.raised", risks.Flagged, "a flag is raised", "Flag raised", urgent=True, protects=True, lasts=True),
    EventType("flag.cleared", risks.Flagged, "a flag is taken back", "Flag cleared", done=True, lasts=True),
    EventType(
        "family_contact.approved",
        risks.FamilyContactApproved,
        "a manager approves contact with somebody of the family",
        "{by} approved contact with {person}",
        done=True,
        lasts=True,
    ),
    EventType(
        "person.excluded",
        risks.PersonExcluded,
        "somebody is excluded",
        "{person} is excluded from the plan",
        urgent=True,
        bears=True,
        protects=True,
        lasts=True,
    ),
    EventType("screening.completed", Dated, "the screening tool is completed", "Screening completed", done=True),
    EventType("hub.consulted", Dated, "the hub is consulted", "The Hub was consulted", done=True),
    EventType("assessment.started", Dated, "the assessment begins", "Assessment started"),
    EventType("assessment.completed", Dated, "the assessment is completed", "Assessment completed", done=True),
    EventType(
        "section47.completed", Dated, "the section 47 enquiry is completed", "Section 47 enquiry completed", done=True
    ),
    EventType("plan.agreed", plans.PlanAgreed, "a version of the plan is agreed", "Plan agreed"),
    EventType("plan.uploaded", Versioned, "the plan is put on the child's file", "The plan is on the file", done=True),
    EventType(
        "plan.summarised",
        Versioned,
        "the plan is put in the case summary",
        "The case summary holds the plan",
        done=True,
    ),
    EventType("plan.shared", plans.PlanShared, "the plan is shared", "{with} has a copy of the plan: {how}", done=True),
    EventType("plan.signed", plans.PlanSigned, "the plan is signed", "{by} signed the plan", done=True),
    EventType(
        "plan.declined", plans.PlanSigned, "a signature is declined", "{by} declined to sign the plan", done=True
    ),
    EventType(
        "plan.withheld",
        plans.PlanWithheld,
        "the plan is withheld",
        "The plan is withheld from {from}",
        protects=True,
        lasts=True,
        bears=True,
    ),
    EventType("plan.reviewed", plans.PlanReviewed, "the plan is reviewed", "Plan reviewed by {by}", done=True),
    EventType("review_date.set", plans.ReviewDateSet, "a review date is set", "Review date set to {review_on}"),
    EventType("end_date.set", plans.EndDateSet, "an end date is set", "End date set to {end_on}"),
    EventType(
        "plan.not_followed", plans.PlanNotFollowed, "somebody cannot follow the plan", "Somebody cannot follow the plan"
    ),
    EventType("plan.ended", plans.PlanEnded, "the plan is ended", "Plan ended", done=True),
    EventType(
        "ending.planned", plans.EndingPlanned, "the end of the support is planned", "The end is planned for {ends_on}"
    ),
    EventType(
        "ending.told",
        Dated,
        "everybody who works with the family has been told that the support ends",
        "Everybody has been told that it ends",
        done=True,
    ),
    EventType(
        "meeting.scheduled", meetings.MeetingScheduled, "{meeting} is put in the diary", "{meeting} put in the diary"
    ),
    EventType("meeting.cancelled", meetings.MeetingCancelled, "{meeting} is cancelled", "{meeting} cancelled"),
    EventType("meeting.held", meetings.MeetingHeld, "{meeting} is held", "{meeting} held", done=True),
    EventType(
        "meeting.uploaded",
        meetings.MeetingUploaded,
        "the record of a meeting is put on the file",
        "The meeting’s record is on the file",
        done=True,
    ),
    EventType(
        "visits.agreed",
        visits.VisitsAgreed,
        "visits by {by_role} are agreed",
        "Visits agreed: every {every}, by the {by_role}",
    ),
    EventType("visit.planned", visits.VisitPlanned, "a visit is planned", "Visit planned, by {by}"),
    EventType("visit.recorded", visits.VisitRecorded, "a visit is made", "Visit by {by}", done=True),
    EventType(
        "visit.shared",
        visits.VisitShared,
        "a visit is shared with the social worker",
        "The visit was shared with the social worker",
        done=True,
    ),
    EventType("risk.changed", risks.RiskChanged, "the risk {direction}", "Risk has gone {direction}"),
    EventType(
        "circumstances.changed",
        risks.CircumstancesChanged,
        "circumstances of the child or family change",
        "Circumstances have changed",
    ),
    EventType("incident.recorded", risks.IncidentRecorded, "there is {kind}", "Incident: {kind}", lasts=True),
    EventType(
        "bottom_line.breached",
        alerts.BottomLineBreached,
        "a bottom line is crossed",
        "Bottom line crossed",
        urgent=True,
        colour="red",
        lasts=True,
    ),
    EventType(
        "hub.notified",
        alerts.HubNotified,
        "the hub's service manager is told",
        "{by} told the Hub’s service manager",
        done=True,
        lasts=True,
    ),
    EventType(
        "alert.acknowledged",
        alerts.AlertAcknowledged,
        "an alert is acknowledged",
        "{by} acknowledged the alert",
        urgent=True,
        colour="green",
        lasts=True,
    ),
    EventType(
        "alert.closed", alerts.AlertClosed, "an alert is closed", "{by} closed the alert", urgent=True, lasts=True
    ),
    EventType("timeline.started", Dated, "the timeline starts", "Timeline started"),
    EventType("action.agreed", actions.ActionAgreed, "an action is agreed", "Action agreed, to be done by {due_on}"),
    EventType("action.completed", actions.ActionCompleted, "an action is completed", "Action completed", done=True),
    EventType(
        "action.explained",
        actions.ActionExplained,
        "it is explained why an action was not done",
        "It was explained why an action was not done",
    ),
    EventType("tool.completed", risks.ToolCompleted, "{tool} is completed", "Tool completed: {tool}", done=True),
    EventType("network.agreed", meetings.NetworkAgreed, "the family's network is agreed", "Network agreed"),
    EventType(
        "network_meetings.agreed",
        meetings.NetworkMeetingsAgreed,
        "network meetings are agreed",
        "Network meetings agreed: every {every}",
    ),
    EventType(
        "check_ins.started", check_ins.CheckInsStarted, "check-ins start", "Check-ins agreed, at {at}", bears=True
    ),
    EventType(
        "check_in.replied",
        check_ins.CheckInReplied,
        "a check-in is answered",
        "{person} answered a check-in",
        bears=True,
        lasts=True,
    ),
    EventType("check_ins.stopped", check_ins.CheckInsStopped, "check-ins are stopped", "Check-ins stopped", done=True),
    EventType(
        "milestone.reached", milestones.MilestoneReached, "{milestone} is reached", "A milestone was reached", done=True
    ),
    EventType(
        "milestone.scheduled",
        milestones.MilestoneScheduled,
        "{milestone} is put in the diary",
        "A milestone was put in the diary",
    ),
    EventType(
        "event.withdrawn",
        plans.EventWithdrawn,
        "an event is withdrawn",
        "An entry was withdrawn",
        subject=SubjectKind.ANY,
        lasts=True,
    ),
)
