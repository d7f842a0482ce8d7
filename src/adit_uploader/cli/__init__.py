"""The same work without a window: scan, de-identify, upload, jobs, sign in, keys.

Each command's module has ``register(subparsers)``, which sets ``run(arguments) -> int`` on its parser.
"""
