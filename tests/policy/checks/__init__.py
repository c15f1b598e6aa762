"""The checks of the policy server, a file for each part."""
