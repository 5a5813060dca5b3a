"""The service that the chaos strikes, on each framework: a session holds its owner's nonce and the numbers its owner saves."""
