"""England's bank holidays that fall on weekdays, as `holidays` gives them, printed once.

The library reads the calendars of all countries before it answers for one, which takes as long as a short simulation.
So the years that plans are about stand here (a test compares them with the library), and it is asked for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

YEARS = range(2015, 2041)

_PRINTED = {
    "New Year's Day": """
        2015-01-01 2016-01-01 2018-01-01 2019-01-01 2020-01-01 2021-01-01 2024-01-01 2025-01-01 2026-01-01
        2027-01-01 2029-01-01 2030-01-01 2031-01-01 2032-01-01 2035-01-01 2036-01-01 2037-01-01 2038-01-01
    """,
    "Good Friday": """
        2015-04-03 2016-03-25 2017-04-14 2018-03-30 2019-04-19 2020-04-10 2021-04-02 2022-04-15 2023-04-07
        2024-03-29 2025-04-18 2026-04-03 2027-03-26 2028-04-14 2029-03-30 2030-04-19 2031-04-11 2032-03-26
        2033-04-15 2034-04-07 2035-03-23 2036-04-11 2037-04-03 2038-04-23 2039-04-08 2040-03-30
    """,
    "Easter Monday": """
        2015-04-06 2016-03-28 2017-04-17 2018-04-02 2019-04-22 2020-04-13 2021-04-05 2022-04-18 2023-04-10
        2024-04-01 2025-04-21 2026-04-06 2027-03-29 2028-04-17 2029-04-02 2030-04-22 2031-04-14 2032-03-29
        2033-04-18 2034-04-10 2035-03-26 2036-04-14 2037-04-06 2038-04-26 2039-04-11 2040-04-02
    """,
    "May Day": """
        2015-05-04 2016-05-02 2017-05-01 2018-05-07 2019-05-06 2020-05-08 2021-05-03 2022-05-02 2023-05-01
        2024-05-06 2025-05-05 2026-05-04 2027-05-03 2028-05-01 2029-05-07 2030-05-06 2031-05-05 2032-05-03
        2033-05-02 2034-05-01 2035-05-07 2036-05-05 2037-05-04 2038-05-03 2039-05-02 2040-05-07
    """,
    "Spring Bank Holiday": """
        2015-05-25 2016-05-30 2017-05-29 2018-05-28 2019-05-27 2020-05-25 2021-05-31 2022-06-02 2023-05-29
        2024-05-27 2025-05-26 2026-05-25 2027-05-31 2028-05-29 2029-05-28 2030-05-27 2031-05-26 2032-05-31
        2033-05-30 2034-05-29 2035-05-28 2036-05-26 2037-05-25 2038-05-31 2039-05-30 2040-05-28
    """,
    "Late Summer Bank Holiday": """
        2015-08-31 2016-08-29 2017-08-28 2018-08-27 2019-08-26 2020-08-31 2021-08-30 2022-08-29 2023-08-28
        2024-08-26 2025-08-25 2026-08-31 2027-08-30 2028-08-28 2029-08-27 2030-08-26 2031-08-25 2032-08-30
        2033-08-29 2034-08-28 2035-08-27 2036-08-25 2037-08-31 2038-08-30 2039-08-29 2040-08-27
    """,
    "Christmas Day": """
        2015-12-25 2017-12-25 2018-12-25 2019-12-25 2020-12-25 2023-12-25 2024-12-25 2025-12-25 2026-12-25
        2028-12-25 2029-12-25 2030-12-25 2031-12-25 2034-12-25 2035-12-25 2036-12-25 2037-12-25 2040-12-25
    """,
    "Boxing Day (observed)": """
        2015-12-28 2020-12-28 2021-12-28 2026-12-28 2027-12-28 2032-12-28 2037-12-28 2038-12-28
    """,
    "Boxing Day": """
        2016-12-26 2017-12-26 2018-12-26 2019-12-26 2022-12-26 2023-12-26 2024-12-26 2025-12-26 2028-12-26
        2029-12-26 2030-12-26 2031-12-26 2033-12-26 2034-12-26 2035-12-26 2036-12-26 2039-12-26 2040-12-26
    """,
    "Christmas Day (observed)": """
        2016-12-27 2021-12-27 2022-12-27 2027-12-27 2032-12-27 2033-12-27 2038-12-27 2039-12-27
    """,
    "New Year's Day (observed)": """
        2017-01-02 2022-01-03 2023-01-02 2028-01-03 2033-01-03 2034-01-02 2039-01-03 2040-01-02
    """,
    "Platinum Jubilee of Elizabeth II": "2022-06-03",
    "State Funeral of Queen Elizabeth II": "2022-09-19",
    "Coronation of Charles III": "2023-05-08",
}


@cache
def bank_holidays(year: int) -> Mapping[date, str]:
    """The bank holidays of a year in England, each with its name; of years outside YEARS, those on weekends, too."""
    if year not in YEARS:
        return asked_of_the_library(year)
    return {
        day: name
        for name, days in _PRINTED.items()
        for day in map(date.fromisoformat, days.split())
        if day.year == year
    }


def asked_of_the_library(year: int) -> Mapping[date, str]:
    """What the library says of a year; it is imported here, for it is slow to load and seldom needed."""
    from holidays import country_holidays

    return dict(country_holidays("GB", subdiv="ENG", years=year))
