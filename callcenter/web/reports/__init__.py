"""The pages of month reports and who gets them, and the CSV files of what other pages show."""

from callcenter.web.reports import exports, recipients, reports

BLUEPRINTS = (reports.blueprint, recipients.blueprint, exports.blueprint)
