"""The typed answers of the contract: a person on a day, why, the steps of a review."""
