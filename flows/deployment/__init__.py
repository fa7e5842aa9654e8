"""Deploying: pull step, deployments, switches, automations, processes, work pool templates."""
