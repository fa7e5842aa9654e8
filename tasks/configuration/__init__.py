"""What a run is asked for, and what it can end in: parameters, presets, verdicts, errors."""
