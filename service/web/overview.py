"""The overview of an authority: figures as charts, each with its table and its file; and who may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from config.database import reading
from notifications.channels.spec import Channel
from service.app import Service
from service.domain.figures import Bucket, Share
from service.domain.policy import PolicyBook
from service.store.overview_rows import MessageCount
from service.use_cases.overviews.authority_figures import MESSAGES_SINCE, AuthorityFigures, authority_figures
from service.use_cases.overviews.names import names_of
from service.web import words
from service.web.access_rules import holds
from service.web.charts import NARROW, WIDE, ChartBar, Figure, as_csv, draw
from service.web.failures import missing
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.leading_roles import MANAGERS
from service.web.viewer import Viewer

_LOOKS_OVER = Depends(holds(*MANAGERS, "service_lead", "configuration_owner"))
Looking = Annotated[Viewer, _LOOKS_OVER]
_MOST_WORKERS = 12
_MOST_KINDS = 12


def overview_router(service: Service, layout: Layout) -> APIRouter:
    """The page of figures, and each figure as a file."""
    router = APIRouter()

    @router.get("/overview", response_class=HTMLResponse)
    async def overview(request: Request, viewer: Looking) -> HTMLResponse:
        figures = await _figures(service, viewer)
        shown = [(figure, [draw(figure, WIDE), draw(figure, NARROW)]) for figure in figures]
        return await layout.page(request, viewer, "overview_page.html", "Overview", figures=shown)

    @router.get("/overview/{name}.csv")
    async def file(request: Request, viewer: Looking, name: str) -> Response:
        del request
        figure = next((figure for figure in await _figures(service, viewer) if figure.name == name), None)
        if figure is None:
            raise missing()
        headers = {**page_headers(), "Content-Disposition": f'attachment; filename="planwatch-{figure.name}.csv"'}
        return Response(as_csv(figure.columns, figure.rows), media_type="text/csv; charset=utf-8", headers=headers)

    return router


async def _figures(service: Service, viewer: Viewer) -> list[Figure]:
    now = service.clock.now()
    async with reading(service.sessions) as session:
        numbers = await authority_figures(session, service.book, now, viewer.authority)
        people = {share.label for share in numbers.by_team} | {count.person for count in numbers.messages}
        names = await names_of(session, viewer.authority, people - {""})
    return figures_of(numbers, labels_of(service.book, viewer.authority), names)


def labels_of(book: PolicyBook, authority: str) -> dict[str, str]:
    """What each kind of duty is called in an authority's policy: as its first rule has it."""
    labels: dict[str, str] = {}
    for rule in book.newest(authority).rules:
        labels.setdefault(rule.kind, rule.label[:1].upper() + rule.label[1:])
    return labels


def figures_of(numbers: AuthorityFigures, labels: Mapping[str, str], names: Mapping[str, str]) -> list[Figure]:
    """The figures in the order of the page. What there is nothing of is left out."""
    kinds = [_labelled(share, labels.get(share.label, share.label.replace("_", " "))) for share in numbers.by_kind]
    teams = [_labelled(share, names.get(share.label, share.label) or "No team manager") for share in numbers.by_team]
    months = [_labelled(share, _month(share.label)) for share in numbers.by_month]
    weeks = [
        _labelled(share, f"Week of {words.short_day(date.fromisoformat(share.label))}") for share in numbers.answered
    ]
    quarter = "Of what was due in the last 13 weeks, the share that was done by its day. Today does not count yet."
    figures = [
        _in_time("on-time-by-kind", _worst(kinds), quarter, "What", kinds[:_MOST_KINDS], kinds),
        _in_time("on-time-by-team", _compared(teams), quarter, "Team of", teams, teams),
        _in_time(
            "on-time-by-month", _course(months), "Of what was due in the month, as above.", "Month", months, months
        ),
        _ages(numbers.ages),
        _waits(numbers.waits, numbers.median_wait),
        _in_time("check-ins-answered", _answers(weeks), _ANSWERED, "Week", weeks, weeks, "Answered", "Texts"),
        _messages(numbers.messages, names),
    ]
    return [figure for figure in figures if figure.bars]


_ANSWERED = "Of the check-ins that were texted, the share that was answered within two hours."


def _labelled(share: Share, label: str) -> Share:
    return Share(label, share.good, share.total)


def _month(name: str) -> str:
    return f"{date.fromisoformat(f'{name}-01'):%b %Y}"


def _in_time(
    name: str,
    title: str,
    about: str,
    heading: str,
    shown: Sequence[Share],
    everything: Sequence[Share],
    good: str = "In time",
    total: str = "Due",
) -> Figure:
    bars = tuple(
        ChartBar(share.label, (share.percent,), f"{share.percent}% ({share.good} of {share.total})") for share in shown
    )
    rows = tuple((share.label, share.good, share.total, share.percent) for share in everything)
    return Figure(name, title, about, "%", bars, (heading, good, total, "Per cent"), rows, top=100)


def _worst(kinds: Sequence[Share]) -> str:
    """The finding of what is in time by kind: the worst that is common enough to say something."""
    common = [share for share in kinds if share.total >= 5] or list(kinds)
    if not common:
        return ""
    worst = common[0]
    if worst.percent == 100:
        return "Everything that was due was done in time"
    return f"Least often in time: {worst.label[:1].lower()}{worst.label[1:]}, {worst.percent}%"


def _compared(teams: Sequence[Share]) -> str:
    if len(teams) < 2:
        return f"The team is in time with {teams[0].percent}% of what is due" if teams else ""
    least, most = teams[0].percent, max(share.percent for share in teams)
    return f"Teams are in time with between {least}% and {most}% of what is due"


def _course(months: Sequence[Share]) -> str:
    """What became of the share from the month before the last one that is over to that one."""
    if len(months) < 2:
        return f"{months[0].label}: {months[0].percent}% was done in time" if months else ""
    before, latest = months[-2], months[-1]
    course = "as before" if before.percent == latest.percent else f"after {before.percent}% in {before.label}"
    return f"{latest.label}: {latest.percent}% was done in time, {course}"


def _ages(buckets: Sequence[Bucket]) -> Figure:
    total = sum(bucket.number for bucket in buckets)
    oldest = buckets[-1].number if buckets else 0
    share = "none of it" if not oldest else str(oldest)
    title = f"{total} overdue, {share} for over 20 working days" if total else "Nothing is overdue"
    rows = tuple((bucket.label, bucket.number) for bucket in buckets)
    bars = tuple(ChartBar(bucket.label, (bucket.number,), str(bucket.number)) for bucket in buckets) if total else ()
    about = "What is owed and was due before today, by the working days since."
    return Figure("overdue-by-age", title, about, "", bars, ("Overdue for", "Number"), rows)


def _waits(buckets: Sequence[Bucket], median: int | None) -> Figure:
    total = sum(bucket.number for bucket in buckets)
    title = (
        f"Half of the alerts are acknowledged within {words.plural(median, 'minute')}"
        if median is not None
        else "No alert has been acknowledged yet"
    )
    rows = tuple((bucket.label, bucket.number) for bucket in buckets)
    bars = tuple(ChartBar(bucket.label, (bucket.number,), str(bucket.number)) for bucket in buckets) if total else ()
    about = "Alerts about crossed bottom lines in the last year, by the time until somebody acknowledged."
    return Figure("minutes-to-acknowledgement", title, about, "", bars, ("Acknowledged after", "Alerts"), rows)


def _answers(weeks: Sequence[Share]) -> str:
    good, total = sum(share.good for share in weeks), sum(share.total for share in weeks)
    return f"{Share('', good, total).percent}% of check-ins were answered within two hours" if total else ""


def _messages(counts: Sequence[MessageCount], names: Mapping[str, str]) -> Figure:
    by_person: dict[str, dict[str, int]] = {}
    for count in counts:
        by_person.setdefault(count.person, {})[count.channel] = count.number
    people = sorted(by_person.items(), key=lambda entry: (-sum(entry[1].values()), entry[0]))
    rows = [(names.get(person, person), tuple(sent.get(channel, 0) for channel in Channel)) for person, sent in people]
    bars = tuple(ChartBar(name, numbers, _summed(numbers)) for name, numbers in rows[:_MOST_WORKERS])
    weeks = MESSAGES_SINCE.days // 7
    title = f"{rows[0][0]} got most messages: {sum(rows[0][1])} in {weeks} weeks" if rows else ""
    about = f"Messages from planwatch to each worker in the last {weeks} weeks, the {_MOST_WORKERS} with most."
    ways = tuple(channel.several.capitalize() for channel in Channel)
    table: tuple[tuple[str | int, ...], ...] = tuple((name, *numbers) for name, numbers in rows)
    return Figure("messages-per-worker", title, about, "", bars, ("Who", *ways), table, legend=ways)


def _summed(numbers: Sequence[int]) -> str:
    """`12 + 3`, without the zeros at its end."""
    shown = max((place for place, number in enumerate(numbers) if number), default=0) + 1
    return " + ".join(map(str, numbers[:shown]))
