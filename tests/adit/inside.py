"""What must hold inside ADIT, as checks of Django's own test runner: the same in a real ADIT and in the stand-in.

    DJANGO_SETTINGS_MODULE=adit_receiver.adit.settings python -m django test tests.adit.inside

``make prove-adit`` runs them in an ADIT that is installed on this machine, ``test_inside_the_stand_in.py`` in the one
that lies beside this file, after each of the two ways in which the receiver is installed.
"""

import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from adit.core.models import DicomFolder, DicomServer
from adit.core.utils.auth_utils import grant_access
from adit_radis_shared.accounts.models import User
from adit_radis_shared.common.models import ProjectSettings
from adit_radis_shared.token_authentication.models import Token
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.checks import Error
from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone
from django.utils.module_loading import import_string

from adit_receiver.accounts import SignIn, accounts
from adit_receiver.adit.checks import check_addresses
from adit_receiver.audit.protection import protect, unprotect
from adit_receiver.checks import check_engine, check_settings
from adit_receiver.conf import receiver_settings
from adit_receiver.errors import DestinationUnknownError
from adit_receiver.models import Destination, ReceiverPolicy, UploadJob, UserProfile

PROTOCOL = "adit-upload.v1"
WAIT = 30.0  # seconds; ADIT's own hash of a token takes some of them on a busy machine


class InsideAdit:
    """Two groups with a node each, and a user in both, active in the first."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)  # type: ignore[attr-defined] # a TestCase is what this is mixed into
        self.data = Path(folder.name)
        before = os.environ.get("ADIT_RECEIVER_DATA")
        os.environ["ADIT_RECEIVER_DATA"] = str(self.data)
        self.addCleanup(put_back, before)  # type: ignore[attr-defined]
        call_command("prepare_receiver", stdout=StringIO())
        ProjectSettings.objects.get_or_create(pk=ProjectSettings.objects.values_list("pk", flat=True).first() or 1)
        self.mine, self.other = Group.objects.create(name="Radiology"), Group.objects.create(name="Cardiology")
        self.allow(self.mine, "can_upload", "can_upload_internal", "can_upload_fixed")
        self.allow(self.other, "can_upload", "can_upload_unpseudonymized")
        server = {"host": "pacs", "port": 104, "store_scp_support": True}
        self.pacs = DicomServer.objects.create(node_type="SV", name="PACS", ae_title="PACS", **server)
        self.source = DicomServer.objects.create(node_type="SV", name="Source", ae_title="SOURCE", **server)
        self.deaf = DicomServer.objects.create(
            node_type="SV", name="Deaf", ae_title="DEAF", **server | {"store_scp_support": False}
        )
        self.archive = DicomFolder.objects.create(node_type="FO", name="Archive", path="/mnt/archive")
        self.foreign = DicomServer.objects.create(node_type="SV", name="Foreign", ae_title="FOREIGN", **server)
        for node in (self.pacs, self.deaf, self.archive):
            grant_access(self.mine, node, destination=True)
        grant_access(self.mine, self.source, source=True)
        grant_access(self.other, self.foreign, destination=True)
        self.user = User.objects.create(username="anna", department="Radiology", email="anna@example.org")
        self.user.groups.set([self.mine, self.other])
        self.user.active_group = self.mine
        self.user.save()

    @staticmethod
    def allow(group: Group, *names: str) -> None:
        group.permissions.add(*Permission.objects.filter(content_type__app_label="adit_receiver", codename__in=names))

    def token(self, **values: Any) -> tuple[Token, str]:
        return Token.objects.create_token(self.user, "upload", values.get("expires"))


def put_back(folder: str | None) -> None:
    """The environment as it was."""
    os.environ.pop("ADIT_RECEIVER_DATA")
    if folder is not None:
        os.environ["ADIT_RECEIVER_DATA"] = folder


class TheAccountsAreAdits(InsideAdit, TestCase):
    def test_the_adapter_and_the_rest_of_the_settings_come_with_the_app(self) -> None:
        ours = receiver_settings()
        self.assertEqual(ours.accounts, "adit_receiver.adit.accounts.AditAccounts")
        self.assertEqual((ours.engine, ours.base_template), ("procrastinate", "core/core_layout.html"))
        self.assertEqual((ours.spool, ours.secret_file), (self.data / "spool", self.data / "site-secret"))
        self.assertEqual(ours.ae_title, settings.CALLING_AE_TITLE)

    def test_nothing_is_wrong_with_the_settings(self) -> None:
        self.assertEqual([*check_settings(None), *check_engine(None), *check_addresses(None)], [])

    def test_without_a_place_for_the_spool_the_check_says_what_to_set(self) -> None:
        del os.environ["ADIT_RECEIVER_DATA"]
        try:
            (found,) = check_settings(None)
        finally:
            os.environ["ADIT_RECEIVER_DATA"] = str(self.data)
        self.assertIsInstance(found, Error)
        self.assertIn("ADIT_RECEIVER_DATA", found.msg)

    def test_forgotten_addresses_are_told_by_the_check(self) -> None:
        with override_settings(ROOT_URLCONF="adit_receiver.urls"):  # some addresses, and not these
            (found,) = check_addresses(None)
        self.assertIn("adit_receiver.adit.urls", found.hint or "")

    def test_a_valid_token_signs_its_owner_in_and_is_noted_as_used(self) -> None:
        row, text = self.token()
        sign_in = accounts().sign_in(text)
        assert isinstance(sign_in, SignIn)
        self.assertEqual(sign_in.user, self.user)
        row.refresh_from_db()
        self.assertIsNotNone(row.last_used)
        self.assertTrue(accounts().still_valid(sign_in))

    def test_an_expired_or_deleted_token_and_an_inactive_user_are_refused_at_once(self) -> None:
        row, text = self.token()
        sign_in = accounts().sign_in(text)
        assert isinstance(sign_in, SignIn)
        Token.objects.filter(pk=row.pk).update(expires=timezone.now() - timedelta(hours=1))
        self.assertFalse(accounts().still_valid(sign_in))
        self.assertIn("expired", str(accounts().sign_in(text)))
        Token.objects.filter(pk=row.pk).update(expires=None)
        User.objects.filter(pk=self.user.pk).update(is_active=False)
        self.assertFalse(accounts().still_valid(sign_in))
        self.assertEqual(accounts().sign_in(text), "This account is not active.")
        User.objects.filter(pk=self.user.pk).update(is_active=True)
        row.delete()
        self.assertFalse(accounts().still_valid(sign_in))
        self.assertIn("does not exist", str(accounts().sign_in(text)))

    def test_permissions_and_nodes_are_those_of_the_active_group(self) -> None:
        self.assertEqual(self.may(), {"can_upload", "can_upload_internal", "can_upload_fixed"})
        self.assertEqual(self.reaches(), ["Archive", "PACS"])
        User.objects.filter(pk=self.user.pk).update(active_group=self.other)
        self.assertEqual(self.may(), {"can_upload", "can_upload_unpseudonymized"})
        self.assertEqual(self.reaches(), ["Foreign"])

    def test_whoever_was_taken_out_of_the_active_group_acts_in_another_one_of_theirs(self) -> None:
        self.user.groups.remove(self.mine)
        self.assertEqual(self.may(), {"can_upload", "can_upload_unpseudonymized"})
        self.assertEqual(self.reaches(), ["Foreign"])

    def test_whoever_is_in_no_group_may_nothing(self) -> None:
        self.user.groups.clear()
        self.assertEqual((self.may(), self.reaches()), (set(), []))

    def test_a_user_who_never_chose_a_group_is_in_the_first_as_on_adits_pages(self) -> None:
        User.objects.filter(pk=self.user.pk).update(active_group=None)
        self.assertEqual(self.reaches(), ["Archive", "PACS"])

    def test_a_target_has_what_forwarding_needs(self) -> None:
        pacs = accounts().target(str(self.pacs.pk))
        self.assertEqual((pacs.kind, pacs.ae_title, pacs.host, pacs.port), ("dicom", "PACS", "pacs", 104))
        self.assertEqual(accounts().target(str(self.archive.pk)).folder, Path("/mnt/archive"))
        for key in ("0", "", "x", "٣"):
            with self.assertRaises(DestinationUnknownError):
                accounts().target(key)

    def test_department_and_maintenance_are_adits(self) -> None:
        self.assertEqual(accounts().department(self.user), "Radiology")
        self.assertEqual(accounts().maintenance(), "")
        ProjectSettings.objects.update(maintenance=True)
        self.assertIn("maintenance", accounts().maintenance())

    def may(self) -> set[str]:
        return {name.removeprefix("adit_receiver.") for name in accounts().permissions(self.user)}

    def reaches(self) -> list[str]:
        return [target.name for target in accounts().destinations(self.user)]


class ThePagesAreAdits(InsideAdit, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.user)
        self.job = UploadJob.objects.create(
            id=uuid4(), owner=self.user, destination_key=str(self.pacs.pk), destination_name="PACS", mode="internal",
            profile="research", state="SU",
        )  # fmt: skip

    def test_they_stand_in_adits_layout_with_a_menu_item_and_one_heading(self) -> None:
        for address in ("jobs/", f"jobs/{self.job.pk}/", f"jobs/{self.job.pk}/results/"):
            with self.subTest(address):
                answer = self.client.get(f"/uploads/{address}")
                text = answer.content.decode()
                self.assertEqual(answer.status_code, 200)
                self.assertIn("core/core_layout.html", [template.name for template in answer.templates])
                self.assertIn("Upload Jobs", text)
                self.assertEqual(text.count("<h1"), 1)

    def test_who_has_not_signed_in_is_sent_to_adits_login(self) -> None:
        self.client.logout()
        answer = self.client.get("/uploads/jobs/")
        self.assertEqual((answer.status_code, answer.headers["Location"].partition("?")[0]), (302, "/accounts/login/"))

    def test_another_users_job_is_not_there(self) -> None:
        self.client.force_login(User.objects.create(username="ben"))
        self.assertEqual(self.client.get(f"/uploads/jobs/{self.job.pk}/").status_code, 404)

    def test_adits_admin_section_counts_the_jobs_and_leads_to_them(self) -> None:
        User.objects.filter(pk=self.user.pk).update(is_staff=True)
        text = self.client.get("/admin-section/").content.decode()
        self.assertIn("Upload Jobs", text.partition("</nav>")[2])
        answer = self.client.get("/uploads/overview/?all=1&status=SU", follow=True)
        self.assertContains(answer, self.job.destination_name)
        self.assertNotContains(
            self.client.get("/uploads/overview/?all=1&status=FA", follow=True), "/jobs/" + str(self.job.pk)
        )

    def test_the_admin_shows_nothing_that_has_no_meaning_here(self) -> None:
        self.assertTrue(admin.site.is_registered(ReceiverPolicy))
        for model in (Destination, UserProfile, apps.get_model("adit_receiver.Token")):
            self.assertFalse(admin.site.is_registered(model), model)

    def test_results_are_downloaded(self) -> None:
        for kind in ("csv", "xlsx"):
            answer = self.client.get(f"/uploads/jobs/{self.job.pk}/results.{kind}")
            self.assertIn("attachment", answer.headers["Content-Disposition"])


class TheWebsocketIsThere(InsideAdit, TransactionTestCase):
    def _fixture_teardown(self) -> None:
        unprotect(connection)  # the tables are emptied, and that of the audit log would not let it happen
        super()._fixture_teardown()
        protect(connection)

    async def test_a_client_with_a_token_is_welcomed_with_what_the_user_may(self) -> None:
        wire = await self.opened((await self.in_thread(self.token))[1])
        await wire.send_json_to({"type": "Hello", "program": "check", "version": 1})
        welcome = json.loads(await wire.receive_from(WAIT))
        self.assertEqual((welcome["type"], welcome["user"], welcome["department"]), ("Welcome", "anna", "Radiology"))
        self.assertEqual(sorted(welcome["modes"]), ["fixed", "internal"])
        self.assertEqual([each["name"] for each in welcome["destinations"]], ["Archive", "PACS"])
        await wire.disconnect()

    async def test_refusals_come_with_their_own_codes(self) -> None:
        _, text = await self.in_thread(self.token)
        self.assertEqual(await self.closed("0" * 40), 4401)
        await self.in_thread(lambda: ProjectSettings.objects.update(maintenance=True))
        self.assertEqual(await self.closed(text), 4423)
        await self.in_thread(lambda: ProjectSettings.objects.update(maintenance=False))
        await self.in_thread(self.mine.permissions.clear)
        self.assertEqual(await self.closed(text), 4403)

    async def opened(self, token: str) -> WebsocketCommunicator:
        headers = [
            (b"host", b"localhost"),
            (b"origin", b"http://localhost"),
            (b"authorization", f"Token {token}".encode()),
        ]
        application = import_string(settings.ASGI_APPLICATION)
        wire = WebsocketCommunicator(application, "/ws/upload/", headers=headers, subprotocols=[PROTOCOL])
        accepted, chosen = await wire.connect(WAIT)
        self.assertTrue(accepted)
        self.assertEqual(chosen, PROTOCOL)
        return wire

    async def closed(self, token: str) -> int:
        message = await (await self.opened(token)).receive_output(WAIT)
        self.assertEqual(message["type"], "websocket.close")
        return int(message["code"])

    @staticmethod
    async def in_thread(work: Any) -> Any:
        return await sync_to_async(work)()
