"""ADIT's addresses and the receiver's below ``/uploads/``, for an ADIT that is not changed."""

from adit.urls import urlpatterns as _of_adit
from django.urls import include, path

urlpatterns = [*_of_adit, path("uploads/", include("adit_receiver.adit.urls"))]
