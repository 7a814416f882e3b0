"""A month that the shop has already lived through, so that budgets mean something in the first minute.

`past` invents what happened, minute by minute, with the rates of the live traffic; `recorded` and `scraped` say what
Prometheus would have kept of it; `openmetrics` writes that down for `promtool tsdb create-blocks-from openmetrics`.
"""
