"""The checks of `wine-points doctor`."""
