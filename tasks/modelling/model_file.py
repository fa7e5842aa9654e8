"""The file of a trained model, by the name under which every stage and champion has it."""

from __future__ import annotations

MODEL = "model.keras"
