"""DICOM servers and folders, and which groups may send to them."""

from typing import Any, TypeVar

from django.contrib.auth.models import Group
from django.db import models

Node = TypeVar("Node", bound=models.Model)


class DicomNodeManager(models.Manager[Node]):
    def accessible_by_user(self, user: Any, access_type: str, all_groups: bool = False) -> "models.QuerySet[Node]":
        access = {f"accesses__{access_type}": True}
        if all_groups:
            return self.filter(accesses__group__in=user.groups.all(), **access).distinct()
        return self.filter(accesses__group=user.active_group, **access).distinct()


class DicomNode(models.Model):
    class NodeType(models.TextChoices):
        SERVER = "SV", "Server"
        FOLDER = "FO", "Folder"

    node_type = models.CharField(max_length=2, choices=NodeType.choices)
    name = models.CharField(unique=True, max_length=64)
    groups = models.ManyToManyField(Group, blank=True, related_name="dicom_nodes", through="DicomNodeGroupAccess")

    objects = DicomNodeManager["DicomNode"]()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DicomNodeGroupAccess(models.Model):
    dicom_node = models.ForeignKey(DicomNode, on_delete=models.CASCADE, related_name="accesses")
    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    source = models.BooleanField(default=False)
    destination = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.pk)


class DicomServer(DicomNode):
    ae_title = models.CharField(unique=True, max_length=16)
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    patient_root_find_support = models.BooleanField(default=False)
    study_root_find_support = models.BooleanField(default=False)
    store_scp_support = models.BooleanField(default=False)

    objects = DicomNodeManager["DicomServer"]()


class DicomFolder(DicomNode):
    path = models.CharField(max_length=256)
    quota = models.PositiveIntegerField(null=True, blank=True)
    warn_size = models.PositiveIntegerField(null=True, blank=True)

    objects = DicomNodeManager["DicomFolder"]()
