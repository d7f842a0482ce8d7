from django.contrib import admin
from django.urls import path

from adit.core.views import admin_section

urlpatterns = [path("django-admin/", admin.site.urls), path("admin-section/", admin_section, name="admin_section")]
