"""Vacuum the ledger by rows, not by share of the table: it is emptied all the time and must stay small."""

from django.db import migrations

SET = """
ALTER TABLE dashboard_metricdelta SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000
)
"""
RESET = """
ALTER TABLE dashboard_metricdelta RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay,
    autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
)
"""


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0001_initial")]
    operations = [migrations.RunSQL(SET, RESET)]
