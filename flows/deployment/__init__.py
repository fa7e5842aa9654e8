"""What prefect.yaml needs beside itself: pull step, automations, switches, pool templates."""
