"""A program on the same Procrastinate tables without the receiver's app: ``--app tests.parts.stranger.app``."""

import os

from procrastinate import App, PsycopgConnector

app = App(connector=PsycopgConnector(conninfo=os.environ["ADIT_RECEIVER_DATABASE"]))
