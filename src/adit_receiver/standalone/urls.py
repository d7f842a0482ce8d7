"""Addresses of a receiver of its own."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from adit_receiver.views import SignIn

urlpatterns = [
    path("", include("adit_receiver.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
