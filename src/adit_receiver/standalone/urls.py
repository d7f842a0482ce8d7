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
    # one door for passwords: the one that counts failures
    path("admin/login/", login_of_admin),
    path("admin/", admin.site.urls),
]
