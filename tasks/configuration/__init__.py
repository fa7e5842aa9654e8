"""Parameters, presets, verdicts and errors."""
