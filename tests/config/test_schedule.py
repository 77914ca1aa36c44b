from django.conf import settings

from config.celery import app


def test_every_sweep_of_the_schedule_is_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(app.tasks)


def test_every_task_without_arguments_is_a_sweep_of_the_schedule() -> None:
    app.loader.import_default_modules()
    nudged_only = {
        "aftersales.tasks.read_shipping_upload",
        "forwarding.tasks.make_pack",
        "inventory.tasks.annotate_upload",
        "inventory.tasks.follow_picture_links",
        "inventory.tasks.make_web_sizes",
        "inventory.tasks.read_picture_archive",
        "inventory.tasks.read_upload",
        "orders.tasks.read_order_upload",
    }
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours - nudged_only == {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_periodic_jobs_have_a_queue_of_their_own() -> None:
    queues = {entry["task"]: entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    # The integrity checks take minutes, and services of others may be slow: they stand in line with the files.
    asking_others = ("orders.tasks.ask_about_parcels", "orders.tasks.follow_payments", "notices.tasks.deliver")
    checks = {queues.pop(f"integrity.tasks.{name}") for name in ("check_changes", "check_everything", "run_requested")}
    assert {*checks, *(queues.pop(each) for each in asking_others)} == {settings.CELERY_TASK_DEFAULT_QUEUE}
    assert set(queues.values()) == {f"{settings.CELERY_TASK_DEFAULT_QUEUE}-periodic"}
    # What a worker takes that is not told otherwise.
    assert set(app.amqp.queues) == {settings.CELERY_TASK_DEFAULT_QUEUE}


def test_a_job_that_nobody_took_expires_before_it_is_due_again() -> None:
    unpaid = settings.CELERY_BEAT_SCHEDULE["return unpaid units"]
    assert unpaid["options"]["expires"] == 20
