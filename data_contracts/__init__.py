"""The data contract, its rules, and the check of a delivery."""
