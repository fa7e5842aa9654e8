"""The flows, and the commands around them."""

from flows.environment import prepare_environment

prepare_environment()
