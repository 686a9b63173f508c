"""The queries of the dashboards in PromQL: growth, shares, quantiles, and slots of the week."""

# Grafana puts the choice of the reader in place of these.
CHOSEN, STEP, SMOOTH = "$__range", "$__interval", "$__rate_interval"
LINES = 'line=~"$line"'
GROUPS = 'line=~"$line",group=~"$group"'
# A share of fewer than ten says nothing (docs/pages.md).
ENOUGH = 10


def grown(selector: str, window: str) -> str:
    """The query of the exact growth of a total in a window; nothing where the window is not covered.

    Totals are stored in the database and never reset, so the present value minus the earlier one is exact. increase()
    extrapolates at the window's edges and gives fractions of calls. Every host reports the same totals, so the maximum
    over hosts is taken, not the sum; on both sides before subtracting, since a host may change its address in between.
    """
    return f"(max without (instance) ({selector}) - max without (instance) ({selector} offset {window}))"


def grown_of_any(selector: str, window: str) -> str:
    """As `grown`, for a total whose label values are not known beforehand: a series begins with its first event.

    Such a series counts from 0 where the window is covered, which another metric tells.
    """
    now = f"max without (instance) ({selector})"
    begun = f"(0 * {now} and on () count(callcenter_build_info offset {window}))"
    return f"({now} - (max without (instance) ({selector} offset {window}) or {begun}))"


def share(part: str, whole: str, enough: int = ENOUGH) -> str:
    """The query of a ratio; nothing while `whole` is under `enough`, because such a share says nothing."""
    return f"({part}) / ({whole} >= {enough})"


def quantile(q: float, metric: str, window: str, matchers: str | None = LINES) -> str:
    """The query of a quantile in seconds from a histogram's buckets. matchers: None where labels are not known."""
    buckets = f"{metric}_bucket"
    growth = grown_of_any(buckets, window) if matchers is None else grown(f"{buckets}{{{matchers}}}", window)
    return f"histogram_quantile({q}, sum by (le) ({growth}))"


def recorded(which: str, window: str, by: str = "") -> str:
    """The query of calls (`offered` or `answered`) of a rolling window from the recorded series, of all or by label.

    The rules record nothing where the window is not covered, so nothing is drawn there either.
    """
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (callcenter:{which}_calls:grown{window}{{{GROUPS}}})"


def reachability(window: str, by: str = "") -> str:
    """The query of answered out of offered calls of a recorded rolling window: 1h, 6h, 1d, 7d or 28d."""
    return share(recorded("answered", window, by), recorded("offered", window, by))


# The hour that ends now began an hour ago. PromQL knows UTC only, so Amsterdam's clock is computed: one hour ahead, two
# in summer. By the European Union's rule summer time lasts from the last Sunday of March to that of October, both
# at 01:00 UTC, so an hour is subtracted to compare whole days.
_BEGUN = "vector(time() - 3600)"
_RULED = "vector(time() - 7200)"
_LAST_SUNDAY_PASSED = f"(day_of_month({_RULED}) - day_of_week({_RULED}) >= bool 25)"
_SUMMER = (
    f"((month({_RULED}) > bool 3) * (month({_RULED}) < bool 10)"
    f" + (month({_RULED}) == bool 3) * {_LAST_SUNDAY_PASSED}"
    f" + (month({_RULED}) == bool 10) * (1 - {_LAST_SUNDAY_PASSED}))"
)
_LOCAL = f"({_BEGUN} + 3600 * (1 + {_SUMMER}))"


def slot_of_week(hour: str) -> str:
    """The query of one series with value 1 that names the local hour that ends now by `weekday` (1: Monday) and `hour`.

    hour: how the label reads, with `$2` for the two digits.
    """
    # Sunday is 0 in PromQL and comes last in a week here.
    day = f"((day_of_week({_LOCAL}) + 6) % 7 + 1)"
    slot = f'count_values("slot", 100 * {day} + hour({_LOCAL}))'
    weekday = f'label_replace({slot}, "weekday", "$1", "slot", "(.)(..)")'
    return f'label_replace({weekday}, "hour", "{hour}", "slot", "(.)(..)")'


def by_hour_of_week(which: str, hour: str) -> str:
    """The query of calls by weekday and hour: of the recorded hours of the last four weeks."""
    each = f"{recorded(which, '1h')} * on () group_right () {slot_of_week(hour)}"
    # `slot` puts the cells in order.
    return f"sum by (slot, weekday, hour) (sum_over_time(({each})[28d:1h]))"
