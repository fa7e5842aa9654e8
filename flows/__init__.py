"""The flows, and the commands that run and serve them."""

from flows.environment import prepare_environment

prepare_environment()
