"""The checks of the attacks, a file for each part of the wire that they are made on."""
