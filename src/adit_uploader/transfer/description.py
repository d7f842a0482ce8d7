"""What the user says about a job."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobDescription:
    """What the user says about a job, for the receiver's job list. No patient data belongs here."""

    project_name: str = ""
    project_description: str = ""
    urgent: bool = False
    mail: bool = False


NO_DESCRIPTION = JobDescription()
