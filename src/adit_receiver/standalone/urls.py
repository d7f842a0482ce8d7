"""Addresses of a receiver of its own."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from adit_receiver.sign_in import SignIn

from .administration import login_of_admin

urlpatterns = [
    path("", include("adit_receiver.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    # one door for passwords: the one that counts failures
    path("admin/login/", login_of_admin),
    path("admin/", admin.site.urls),
]

handler400 = "adit_receiver.standalone.failures.bad_request"
handler403 = "adit_receiver.standalone.failures.not_allowed"
handler404 = "adit_receiver.standalone.failures.not_found"
handler500 = "adit_receiver.standalone.failures.server_failed"
