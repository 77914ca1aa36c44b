from pathlib import Path

from django.conf import settings

from config.celery import app
from deploy import processes


def test_every_sweep_of_the_schedule_is_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(app.tasks)


def test_every_task_without_arguments_is_a_sweep_of_the_schedule() -> None:
    app.loader.import_default_modules()
    nudged_only = {
        "aftersales.tasks.read_shipping_upload",
        "analysis.tasks.make_workbook",
        "flashsales.tasks.run_sale_job",
        "forwarding.tasks.make_pack",
        "inventory.tasks.annotate_upload",
        "inventory.tasks.follow_picture_links",
        "inventory.tasks.make_web_sizes",
        "inventory.tasks.read_picture_archive",
        "inventory.tasks.read_upload",
        "orders.tasks.read_order_upload",
        "rehearsals.tasks.run_rehearsal",
        "settlement.tasks.read_list",
    }
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours - nudged_only == {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_periodic_jobs_have_queues_of_their_own() -> None:
    """NOTICE-10: a notice of a deadline does not wait behind a long workbook, nor do payments and parcels."""
    queues = {entry["task"]: entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    files = settings.CELERY_TASK_DEFAULT_QUEUE
    calling_others = (
        "orders.tasks.ask_about_parcels",
        "orders.tasks.follow_payments",
        "payments.tasks.fetch_bills",
        "notices.tasks.deliver",
    )
    # Integrity checks and the figures of analysis take minutes: they stand in line with the files.
    slow = ("integrity.tasks.check_changes", "integrity.tasks.check_everything", "integrity.tasks.run_requested")
    assert {queues.pop(each) for each in (*slow, "analysis.tasks.refresh_figures")} == {files}
    assert {queues.pop(each) for each in calling_others} == {f"{files}-external"}
    assert set(queues.values()) == {f"{files}-periodic"}
    # What a worker takes that is not told otherwise; a process that has sent to other queues knows those too.
    assert set(app.amqp.Queues(app.conf.task_queues)) == {files}


def test_every_queue_has_a_worker_and_stands_in_the_readme() -> None:
    queues = {entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    suffixes = {queue.removeprefix(settings.CELERY_TASK_DEFAULT_QUEUE) for queue in queues}
    workers = (
        processes.worker(processes=1),
        processes.periodic_worker(processes=1),
        processes.external_worker(threads=1),
    )
    served = {part.removeprefix("--queues=weicang") for worker in workers for part in worker if "--queues=" in part}
    assert served == suffixes
    for name in ("README.md", "README.zh-CN.md"):
        said = (Path(__file__).parents[2] / name).read_text("utf-8")
        assert all(f"-Q weicang{suffix}" in said for suffix in suffixes - {""}), name


def test_a_job_that_nobody_took_expires_before_it_is_due_again() -> None:
    unpaid = settings.CELERY_BEAT_SCHEDULE["return unpaid units"]
    assert unpaid["options"]["expires"] == 20
