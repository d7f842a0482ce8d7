"""The companion Django app: takes uploads, stores them durably, forwards them."""
