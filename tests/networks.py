"""Shapes of tiny networks: the least there can be, and one with every part there is."""

from __future__ import annotations

from tasks.configuration.parameters import NetworkParameters

PLAIN = NetworkParameters(embedding_units=4, lstm_units=3)
WHOLE = NetworkParameters(
    embedding_units=4,
    lstm_units=3,
    bidirectional=True,
    pooling="mean_max",
    bigram_buckets=50,
    log_scale=True,
)
