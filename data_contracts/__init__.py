"""The data contract, the rules that it yields, and the checks of a delivery by them."""
