"""The Merkle tree over the log, its signed checkpoints, and verifying both."""
