"""The totals of /metrics that the dashboards count in, limited to the lines and groups that the reader chose."""

from grafana.queries import GROUPS, LINES

OFFERED = f"callcenter_offered_calls_total{{{GROUPS}}}"
ANSWERED = f"callcenter_answered_calls_total{{{GROUPS}}}"
OUTCOMES = f"callcenter_offered_by_outcome_total{{{GROUPS}}}"
OFFERED_OF_ALL = f"callcenter_offered_calls_total{{{LINES}}}"
IN_TIME = f"callcenter_answered_in_time_total{{{LINES}}}"
WAIT = "callcenter_call_wait_seconds"
PROMISES = f"callcenter_promises_total{{{GROUPS}}}"
KEPT = f'callcenter_promises_total{{{GROUPS},kept="true"}}'
RESCUED = f"callcenter_rescued_calls_total{{{GROUPS}}}"
SAID = 'callcenter_survey_answers_total{group=~"$group"}'
SAID_YES = 'callcenter_survey_answers_total{group=~"$group",answer="yes"}'
