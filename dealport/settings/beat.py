"""What Celery beat starts, and how often."""

from datetime import timedelta

from celery.schedules import crontab

from dealport.settings.tasks import QUEUES

CELERY_BEAT_SCHEDULER = "dealport.beat:Scheduler"
# A job's row in the database is made from here where it is missing; from then on the admin decides.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    **{
        f"heartbeat of the queue {queue}": {
            "task": "dealport.tasks.heartbeat",
            "schedule": timedelta(seconds=10),
            "args": [queue],
            "options": {"expires": 10, "queue": queue},
        }
        for queue in QUEUES
    },
    "check the mail server": {
        "task": "dealport.tasks.check_mail",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    # Expires, so that ticks do not pile up while no worker runs.
    "fold the ledger": {
        "task": "dashboard.tasks.fold_ledger",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 4},
    },
    "verify a sample of the figures": {
        "task": "dashboard.tasks.verify_sample",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "verify every figure": {
        "task": "dashboard.tasks.verify_everything",
        "schedule": crontab(hour="2", minute="30"),
    },
    "verify the next slices": {
        "task": "dashboard.tasks.verify_slices",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "settle invalidations": {
        "task": "dashboard.tasks.settle_invalidations",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    # Before the five minutes run out that a snapshot may be served for.
    "refresh the snapshots": {
        "task": "dashboard.tasks.refresh_snapshots",
        "schedule": timedelta(minutes=4),
        "options": {"expires": 240},
    },
    "prune the snapshots": {
        "task": "dashboard.tasks.prune_snapshots",
        "schedule": timedelta(minutes=15),
        "options": {"expires": 900},
    },
    # A day is over at another moment in every time zone.
    "aggregate the days that are over": {
        "task": "reports.tasks.aggregate_due",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "aggregate again what was asked for": {
        "task": "reports.tasks.recalculate",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    # Once everything is verified, so that what is written anew is right.
    "compare the daily metrics": {
        "task": "reports.tasks.compare_daily_metrics",
        "schedule": crontab(hour="4", minute="10"),
    },
    "look after the exports": {
        "task": "reports.tasks.sweep_exports",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "make the pictures": {
        "task": "customers.tasks.make_pictures",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "clear the pictures away": {
        "task": "customers.tasks.clean_pictures",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "look after the uploads": {
        "task": "orders.tasks.sweep_uploads",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "clear the uploads away": {
        "task": "orders.tasks.clean_uploads",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    # Due moments are rows: a tick that is lost is made up for by the next.
    "run the schedules": {
        "task": "reports.tasks.run_schedules",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "send the mails of schedules": {
        "task": "reports.tasks.send_schedule_mails",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "look for trouble": {
        "task": "reports.tasks.look_for_trouble",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "clear the exports away": {
        "task": "reports.tasks.clean_exports",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "write the activity": {
        "task": "dashboard.tasks.flush_activity",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "write the product views": {
        "task": "orders.tasks.write_product_views",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "publish account changes": {
        "task": "customers.tasks.publish_account_changes",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "send the mails of accounts": {
        "task": "customers.tasks.send_password_mails",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "prune what nobody can use any more": {
        "task": "customers.tasks.prune",
        "schedule": crontab(hour="3", minute="10"),
    },
    "expire unpaid orders": {
        "task": "orders.tasks.expire_unpaid_orders",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    # Rows wait where a message was lost, and for their next try.
    "sweep the connections": {
        "task": "orders.tasks.sweep_connections",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "reconcile with the sources": {
        "task": "orders.tasks.reconcile_sources",
        "schedule": crontab(hour="3", minute="40"),
    },
    "empty the bodies of old webhooks": {
        "task": "orders.tasks.empty_source_events",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
}
