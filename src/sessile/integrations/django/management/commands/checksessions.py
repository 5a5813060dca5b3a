"""`manage.py checksessions`: what of the sessions of before can be taken over; nothing is changed."""

from argparse import ArgumentParser
from collections import Counter
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sessile.session.codec import problems

DATABASE = "django.contrib.sessions.backends.db"


class Command(BaseCommand):
    """Sessions are taken over one by one, each at its visitor's next request; this tells beforehand what that will come to."""

    help = "Count the live sessions of a database engine that SESSILE['predecessor'] would take over, and name what it cannot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("engine", nargs="?", default=DATABASE, help=f"the engine that keeps them ({DATABASE})")

    def handle(self, *_: Any, **options: Any) -> None:
        store = import_module(options["engine"]).SessionStore
        if not hasattr(store, "get_model_class"):
            raise CommandError(f"{options['engine']} keeps its sessions in no table, so they cannot be counted")
        counted, wrong = Counter[str](), Counter[str]()
        for row in store.get_model_class().objects.filter(expire_date__gt=timezone.now()).iterator():
            data = row.get_decoded()
            problem = next(problems(data), None)
            counted["empty or unreadable" if not data else "not JSON" if problem else "live"] += 1
            if problem:
                wrong[problem] += 1
        self.stdout.write(f"{counted['live']} live sessions can be taken over")
        if counted["empty or unreadable"]:
            self.stdout.write(f"{counted['empty or unreadable']} hold nothing, or were signed with another SECRET_KEY")
        for problem, times in wrong.most_common():
            self.stdout.write(f"{times} cannot: {problem}")
